"""Errors among users' requests, against the old release at the same time."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bluegreen.core.evidence import Tick
from bluegreen.core.guards.base import Figure, GuardFinding
from bluegreen.core.guards.both import NOTHING_COUNTED, Both
from bluegreen.core.guards.presence import NONE_YET, Presence
from bluegreen.core.guards.wording import ERRORS, Words, count, share
from bluegreen.core.statistics.betting import Bet, tempered, would_find
from bluegreen.core.statistics.control import Control
from bluegreen.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ErrorRateControlGuard:
    """Goes back when the new release has more than its part of the errors of both, and too many by themselves.

    Two tests must both have raised the alarm, so the guarantee of either is enough: the one against the old release
    now, which an outage that hits both does not fool (see `Control`), and the bet that at most one request in a
    thousand fails (see `Bet`).
    """

    name: str
    before: float | None
    alarm_at: float
    barrier: float
    """The capital at which the bet, tempered for bursts, reaches ``alarm_at``."""
    control: Control
    floor: Bet
    presence: Presence = NONE_YET
    ticks: int = 0
    """Those in which both releases answered requests."""
    both: Both = NOTHING_COUNTED
    since: Both = NOTHING_COUNTED
    """Since the new release has been bad."""
    uneven: bool = False
    """Whether the control has raised the alarm; that stays."""
    many: bool = False
    """Whether the bet has; that stays."""
    alarm: Both | None = None
    words: Words = ERRORS

    def take(self, tick: Tick) -> ErrorRateControlGuard:
        seen = Both.errors(tick)
        presence = self.presence.take(tick.span, tick.missing if seen is None else None, seen.new if seen else 0)
        if seen is None or not seen.new or not seen.old:
            return replace(self, presence=presence)
        elapsed = presence.elapsed
        control = self.control.take(seen.new_bad, seen.old_bad, seen.new, seen.old, elapsed)
        floor = self.floor.take(seen.new_bad / seen.new, elapsed)
        uneven = self.uneven or control.evidence >= self.alarm_at
        many = self.many or floor.evidence >= self.barrier
        since = self.since.since(seen, self.control.comparison.tolerated, self.floor.limit)
        return ErrorRateControlGuard(
            self.name,
            self.before,
            self.alarm_at,
            self.barrier,
            control,
            floor,
            presence,
            self.ticks + 1,
            self.both.plus(seen),
            since,
            uneven,
            many,
            self.alarm or (since if uneven and many else None),
            self.words,
        )

    @property
    def verdict(self) -> Verdict:
        if self.alarm is not None:
            return Verdict.BLOCK
        enough = self.presence.suffices and self.presence.has_traffic(self.both.new) and self._has_power
        return Verdict.ALLOW if enough else Verdict.CANNOT_TELL

    @property
    def _has_power(self) -> bool:
        must = self.words.must_find(self.control.comparison.tolerated * self.both.old_rate)
        return must <= 1.0 and self._would_find(must)

    def _would_find(self, bad: float) -> bool:
        both = self.both
        if not self.ticks:
            return False
        uneven = self.control.would_find(bad * both.new, both.old_bad, both.new, both.old, self.alarm_at)
        return uneven and would_find(bad, self.floor.limit, self.ticks, both.new / self.ticks, self.barrier)

    def _finds(self) -> float | None:
        if not self._would_find(1.0):
            return None
        low, high = self.floor.limit, 1.0
        while high > low * 1.005:
            middle = (low * high) ** 0.5
            low, high = (low, middle) if self._would_find(middle) else (middle, high)
        return high

    def finding(self) -> GuardFinding:
        verdict, found, both = self.verdict, self._finds(), self.both
        shown = self.alarm or both
        limit = max(self.floor.limit, self.control.comparison.tolerated * shown.old_rate)
        return GuardFinding(
            guard=self.name,
            verdict=verdict,
            reason=self._reason(verdict, found),
            figures=(
                Figure(self.words.figure, "share", self.before, shown.new_rate if shown.new else None, limit),
                Figure(
                    f"{self.words.figure} of the old release now",
                    "share",
                    self.before,
                    shown.old_rate if shown.old else None,
                ),
            ),
            evidence=min(self.control.evidence, tempered(self.floor.evidence, self.barrier, self.alarm_at)),
            alarm_at=self.alarm_at,
            finds=found,
        )

    def _reason(self, verdict: Verdict, found: float | None) -> str:
        words = self.words
        both, times = self.alarm or self.both, f"{self.control.comparison.tolerated:g} times as many are tolerated"
        if self.alarm is not None or verdict is Verdict.ALLOW:
            within = f" in {both.seconds:.0f} s" if self.alarm else ""
            return (
                f"{share(both.new_rate)} of {count(both.new, words.one)} {words.bad}{within}, and "
                f"{share(both.old_rate)} of {both.old:,} on the old release at the same time; {times}"
            )
        if not self.presence.suffices:
            return self.presence.doubt()
        if not self.presence.has_traffic(both.new):
            return f"{words.none} for {self.presence.quiet:.0f} s"
        missed = f"a rate below {share(found)}" if found is not None else f"even {words.always}"
        return (
            f"{count(both.new, words.one)}, and {both.old:,} of the old release: {missed} would not have been found yet"
        )
