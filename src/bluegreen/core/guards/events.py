"""How many business events there are for each event that they are counted per."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bluegreen.core.evidence import EventCounts, Tick
from bluegreen.core.guards.base import Figure, GuardFinding
from bluegreen.core.guards.presence import NONE_YET, Presence
from bluegreen.core.spec import EventRatio
from bluegreen.core.statistics.comparison import Comparison
from bluegreen.core.statistics.poisson import OneRate
from bluegreen.core.verdict import Verdict

HALF = 0.5
"""A guard that would have missed half of what is tolerated being lost (or twice as much) has not seen enough."""


@dataclass(frozen=True, slots=True)
class EventsGuard:
    """The likelihood ratio of a ratio of events that is worse than tolerated, against the tolerated one.

    With a control the old release's events at the same time are compared with (see `Comparison`, whose guarantee it
    has for independent events, and which a time of day does not fool). Without one it is the ratio before (see
    `OneRate`), and a regression is for a person to decide on.
    """

    asked: EventRatio
    alarm_at: float
    before: float | None
    """The ratio before; None: not known."""
    test: Comparison | OneRate
    presence: Presence = NONE_YET
    counts: EventCounts = EventCounts(0, 0, 0, 0)  # noqa: RUF009 - immutable
    blocked: bool = False

    @property
    def name(self) -> str:
        return self.asked.name

    def take(self, tick: Tick) -> EventsGuard:
        seen = tick.events.get(self.name)
        if seen is None:
            return replace(self, presence=self.presence.take(tick.span, tick.missing or "no events were counted", 0))
        presence = self.presence.take(tick.span, None, seen.new_per)
        counts = EventCounts(*[a + b for a, b in zip(self.counts, seen, strict=True)])
        test = self._test(seen, counts, presence.elapsed)
        return EventsGuard(
            self.asked,
            self.alarm_at,
            self.before,
            test,
            presence,
            counts,
            self.blocked or test.evidence >= self.alarm_at,
        )

    def _test(self, seen: EventCounts, counts: EventCounts, elapsed: float) -> Comparison | OneRate:
        if isinstance(self.test, OneRate):
            return self.test.take(seen.new, seen.new_per, elapsed)
        # Events follow what they are counted per by seconds or minutes: the share of all so far is steadier.
        share = _share(counts)
        return self.test.take(seen.new, seen.old, share, elapsed) if 0.0 < share < 1.0 else self.test

    @property
    def verdict(self) -> Verdict:
        if self.blocked:
            return Verdict.BLOCK
        enough = self.presence.suffices and self.presence.has_traffic(self.counts.new_per) and self._has_power
        return Verdict.ALLOW if enough else Verdict.CANNOT_TELL

    @property
    def _has_power(self) -> bool:
        limit = self._limit
        if limit is None:
            return False
        clearly = limit * HALF if self.asked.worse_than < 1 else limit / HALF
        events = clearly * self.counts.new_per
        if isinstance(self.test, OneRate):
            return self.test.would_find(events, self.counts.new_per, self.alarm_at)
        return self.test.would_find(events, self.counts.old, _share(self.counts), self.alarm_at)

    @property
    def _limit(self) -> float | None:
        """The ratio that is tolerated; None: not known yet."""
        if isinstance(self.test, OneRate):
            return self.test.tolerated
        old = _ratio(self.counts.old, self.counts.old_per)
        return None if old is None else old * self.test.tolerated

    def finding(self) -> GuardFinding:
        verdict, now = self.verdict, _ratio(self.counts.new, self.counts.new_per)
        figures = [Figure(f"{self.asked.event} per {self.asked.per}", "", self.before, now, self._limit)]
        if isinstance(self.test, Comparison):
            old = _ratio(self.counts.old, self.counts.old_per)
            figures.append(Figure(f"{self.asked.event} per {self.asked.per} of the old release now", "", None, old))
        return GuardFinding(
            guard=self.name,
            verdict=verdict,
            reason=self._reason(verdict, now),
            figures=tuple(figures),
            evidence=self.test.evidence,
            alarm_at=self.alarm_at,
            alerts_only=self.blocked and isinstance(self.test, OneRate),
        )

    def _reason(self, verdict: Verdict, now: float | None) -> str:
        said = f"{now or 0.0:.3g} {self.asked.event} for each {self.asked.per} ({self.counts.new_per:,} of them)"
        if verdict is Verdict.CANNOT_TELL:
            if not self.presence.suffices:
                return self.presence.doubt()
            if not self.presence.has_traffic(self.counts.new_per):
                return f"no {self.asked.per} was counted for {self.presence.quiet:.0f} s"
            clearly = "half" if self.asked.worse_than < 1 else "twice"
            return f"{said}: {clearly} of what is tolerated would not have been noticed yet"
        limit, than = self._limit, "at least" if self.asked.worse_than < 1 else "at most"
        compared = "at the same time" if isinstance(self.test, Comparison) else "before; time of day may be the cause"
        asked = f"{than} {limit:.3g} is asked for" if limit is not None else "the limit is not known"
        return f"{said}; {asked}, by the old release {compared}"


def _ratio(events: int, per: int) -> float | None:
    return events / per if per else None


def _share(counts: EventCounts) -> float:
    both = counts.new_per + counts.old_per
    return counts.new_per / both if both else 0.0
