"""Scores samples as they end, and counts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bluegreen.core.statistics.answers import bound
from bluegreen.evaluators.base import Exchange
from bluegreen.scorer.base import Rule
from bluegreen.scorer.rules import Judge, Scored, judge_of
from bluegreen.scorer.sample import Sample

REMEMBERED = 5
"""Bad answers that are remembered of each backend and rule, in memory only."""


@dataclass
class Count:
    """What one backend did by one rule."""

    scored: int = 0
    bad: int = 0
    values: dict[float, int] = field(default_factory=dict)
    latest: deque[Mapping[str, Any]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    """The latest bad answers, or of what is measured the latest ones."""

    def add(self, scored: Scored) -> None:
        self.scored += 1
        self.bad += scored.bad
        if scored.value is not None:
            upper = bound(scored.value)
            self.values[upper] = self.values.get(upper, 0) + 1


class Counting:
    """The rules of every application, and what came of them."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, Count]] = {}
        """By backend name and the rule's key."""
        self._rules: dict[str, list[tuple[Rule, Judge]]] = {}

    def want(self, rules: Mapping[str, Iterable[Rule]]) -> list[str]:
        """Score by these rules, by application; why some of them cannot be followed."""
        wrong: list[str] = []
        self._rules = {}
        for app, wanted in rules.items():
            known = self._rules.setdefault(app, [])
            for rule in wanted:
                try:
                    known.append((rule, judge_of(rule)))
                except Exception as error:
                    wrong.append(f"{rule.kind}: {error}")
        keys = {app: {rule.key for rule, _ in known} for app, known in self._rules.items()}
        self.counts = {
            backend: {key: count for key, count in counts.items() if key in keys[_app(backend)]}
            for backend, counts in self.counts.items()
            if _app(backend) in keys
        }
        return wrong

    def is_asked(self, backend: str) -> bool:
        return bool(self._rules.get(_app(backend)))

    async def take(self, sample: Sample, at: float) -> None:
        """Score an answer that has come to its end, or of which no more is to be seen."""
        if not sample.is_wanted:
            return
        exchange = sample.exchange()
        for rule, judge in self._rules.get(_app(sample.backend), ()):
            if not any(_covers(prefix, sample.path) for prefix in rule.paths):
                continue
            # A body that is not whole says nothing but that it broke off.
            whole = exchange if sample.ended or sample.cut else None
            scored = await judge(sample, whole)
            if scored is not None:
                count = self.counts.setdefault(sample.backend, {}).setdefault(rule.key, Count())
                count.add(scored)
                if scored.bad or scored.value is not None:
                    count.latest.append(_kept(sample, exchange, scored, at))


def _kept(sample: Sample, exchange: Exchange | None, scored: Scored, at: float) -> Mapping[str, Any]:
    why = scored.why or f"{scored.value:.6g}"
    body = exchange.text if exchange is not None else ""
    return {
        "at": round(at, 3),
        "method": sample.method,
        "path": sample.path,
        "status": sample.status,
        "why": why,
        "body": body,
    }


def _app(backend: str) -> str:
    return backend.partition("/")[0]


def _covers(prefix: str, path: str) -> bool:
    return prefix == "/" or path == prefix or path.startswith(prefix + "/")
