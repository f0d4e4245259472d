"""What happened to each request, kept small: a million of them take under 20 MB."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable

from bluegreen.cli.load.answer import Broken
from bluegreen.cli.load.result import Failure, Served, Transition

EXAMPLES = 5
"""Failures of each kind that are kept in full."""


class Record:
    """Times are seconds since the load began."""

    def __init__(self) -> None:
        self._sent = array("d")
        self._latency = array("d")
        self._who = array("H")
        """Index into `_names` of the release and colour that answered; 0: not known."""
        self._names: dict[tuple[str, str], int] = {("", ""): 0}
        self.kinds: Counter[str] = Counter()
        self.failures: list[Failure] = []

    def __len__(self) -> int:
        return len(self._sent)

    @property
    def failed(self) -> int:
        return self.kinds.total()

    @property
    def newest(self) -> str:
        """Release and colour of the newest answer, such as ``r2 green``; empty without one."""
        return " ".join(self._named[self._who[-1]]).strip() if self._who else ""

    def add(self, sent: float, latency: float, served: tuple[str, str]) -> None:
        """``latency`` counts from the scheduled time, which is not after ``sent``."""
        self._sent.append(sent)
        self._latency.append(latency)
        self._who.append(self._names.setdefault(served, len(self._names)))

    def fail(self, sent: float, broken: Broken, request: str) -> None:
        self.kinds[broken.kind] += 1
        if self.kinds[broken.kind] <= EXAMPLES:
            self.failures.append(Failure(broken.kind, round(sent, 6), request, broken.detail))

    def percentiles(self) -> dict[str, float]:
        """Latencies in seconds, of failed requests too."""
        return _percentiles(self._latency)

    def served(self) -> tuple[Served, ...]:
        """Who answered how many, in the order of their first."""
        found: dict[int, tuple[array[float], array[float]]] = {}
        for at, latency, who in zip(self._sent, self._latency, self._who, strict=True):
            if who:
                sent, latencies = found.setdefault(who, (array("d"), array("d")))
                sent.append(at)
                latencies.append(latency)
        named = self._named
        all_served = (
            Served(*named[who], len(sent), round(min(sent), 6), round(max(sent), 6), _percentiles(latencies))
            for who, (sent, latencies) in found.items()
        )
        return tuple(sorted(all_served, key=lambda served: served.first))

    def transitions(self) -> tuple[Transition, ...]:
        """Each change of who answered, by the time at which the requests were sent."""
        found: list[Transition] = []
        named, before = self._named, 0
        for index in sorted(range(len(self._sent)), key=self._sent.__getitem__):
            who = self._who[index]
            if who and who != before:
                before = who
                found.append(Transition(round(self._sent[index], 6), *named[who]))
        return tuple(found)

    @property
    def _named(self) -> list[tuple[str, str]]:
        return list(self._names)


def _percentiles(latencies: Iterable[float]) -> dict[str, float]:
    ordered = sorted(latencies)
    if not ordered:
        return {}
    ranks = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999, "max": 1.0}
    return {name: round(ordered[min(len(ordered) - 1, int(len(ordered) * r))], 6) for name, r in ranks.items()}
