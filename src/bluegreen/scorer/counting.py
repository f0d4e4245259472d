"""Scores samples as they end, and counts."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bluegreen.core.statistics.answers import bound
from bluegreen.evaluators.base import Exchange
from bluegreen.scorer.base import Rule, Wanted
from bluegreen.scorer.redaction import Redaction
from bluegreen.scorer.rules import Judge, Scored, Seen, judge_of
from bluegreen.scorer.sample import Sample

REMEMBERED = 5
"""Bad answers that are remembered of each backend and rule, in memory only."""


@dataclass
class Count:
    """What one backend did by one rule."""

    scored: int = 0
    bad: int = 0
    values: dict[float, int] = field(default_factory=dict)
    latest: deque[Kept] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    """The latest bad answers, or of what is measured the latest ones."""

    def add(self, scored: Scored) -> None:
        self.scored += 1
        self.bad += scored.bad
        if scored.value is not None:
            upper = bound(scored.value)
            self.values[upper] = self.values.get(upper, 0) + 1


class Kept(NamedTuple):
    """One answer that is remembered, in memory only."""

    at: float
    scored: Scored
    sample: Sample
    exchange: Exchange | None

    def told(self, redaction: Redaction) -> dict[str, Any]:
        """What may be kept of it on disk."""
        body = self.exchange.text if self.exchange is not None else ""
        document = self.exchange.json if self.exchange is not None else None
        return {
            "at": round(self.at, 3),
            "method": self.sample.method,
            "path": redaction.text(self.sample.path),
            "status": self.sample.status,
            "why": redaction.text(self.scored.why or f"{self.scored.value or 0.0:.6g}"),
            "body": redaction.body(body, document),
        }


class Counting:
    """The rules of every application, and what came of them."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[str, Count]] = {}
        """By backend name and the rule's key."""
        self._rules: dict[str, list[tuple[Rule, Judge]]] = {}
        self._redactions: dict[str, Redaction] = {}

    def want(self, wanted: Mapping[str, Wanted]) -> list[str]:
        """Score by these rules, by application; why some of them cannot be followed."""
        wrong: list[str] = []
        self._rules = {}
        self._redactions = {app: Redaction(one.redact) for app, one in wanted.items()}
        for app, one in wanted.items():
            known = self._rules.setdefault(app, [])
            for rule in one.rules:
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
        # A body that is not whole says nothing but that it broke off.
        seen = Seen(exchange if sample.ended or sample.cut else None, sample.figures(), sample.ended)
        for rule, judge in self._rules.get(_app(sample.backend), ()):
            if not any(_covers(prefix, sample.path) for prefix in rule.paths):
                continue
            scored = await judge(seen)
            if scored is not None:
                count = self.counts.setdefault(sample.backend, {}).setdefault(rule.key, Count())
                count.add(scored)
                if scored.bad or scored.value is not None:
                    count.latest.append(Kept(at, scored, sample, exchange))

    def evidence(self, backends: str, key: str) -> list[dict[str, Any]]:
        """The latest bad answers by a rule of all backends whose name begins so, redacted, the newest first."""
        found = [
            kept
            for backend, counts in self.counts.items()
            if backend.startswith(backends) and key in counts
            for kept in counts[key].latest
        ]
        redaction = self._redactions.get(_app(backends))
        newest = sorted(found, key=lambda kept: kept.at, reverse=True)[:REMEMBERED]
        return [kept.told(redaction) for kept in newest] if redaction is not None else []


def _app(backend: str) -> str:
    return backend.partition("/")[0]


def _covers(prefix: str, path: str) -> bool:
    return prefix == "/" or path == prefix or path.startswith(prefix + "/")
