"""Bad ones among the answers that were sampled and scored."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bluegreen.core.evidence import Counted, EventCounts, Tick
from bluegreen.core.guards.base import GuardFinding
from bluegreen.core.guards.error_rate import ErrorRateGuard
from bluegreen.core.guards.error_rate_control import ErrorRateControlGuard
from bluegreen.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class AnswersGuard:
    """Judges bad answers as errors are judged: a bad answer is an error, and a scored one is an answered request.

    The guarantees are those of `ErrorRateGuard` and `ErrorRateControlGuard`: which answers are sampled is left to
    chance, so that the share among them is expected to be that of all.
    """

    inner: ErrorRateGuard | ErrorRateControlGuard

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def verdict(self) -> Verdict:
        return self.inner.verdict

    def take(self, tick: Tick) -> AnswersGuard:
        return AnswersGuard(self.inner.take(_scored(tick, self.name)))

    def finding(self) -> GuardFinding:
        return self.inner.finding()


def _scored(tick: Tick, name: str) -> Tick:
    """The tick as one of scored answers."""
    seen, reading = tick.events.get(name), tick.readings.get(name)
    if seen is None or reading is not None:
        why = reading.why if reading else tick.missing or "no answers were scored"
        return replace(tick, new=None, old=None, missing=why)
    new, old = _counted(seen)
    return replace(tick, new=new, old=old, missing="")


def _counted(seen: EventCounts) -> tuple[Counted, Counted]:
    return Counted(seen.new_per, seen.new_per, seen.new), Counted(seen.old_per, seen.old_per, seen.old)
