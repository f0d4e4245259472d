"""Errors among users' requests, against the release before as it was before the switch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bluegreen.core.evidence import Tick
from bluegreen.core.guards.base import Figure, GuardFinding
from bluegreen.core.guards.presence import NONE_YET, Presence
from bluegreen.core.guards.segment import NOTHING, Segment
from bluegreen.core.guards.wording import ERRORS, Words, count, share
from bluegreen.core.statistics.betting import Bet, finds, tempered, would_find
from bluegreen.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ErrorRateGuard:
    """Bets on each tick's share of errors.

    Guarantee: the chance of ever going back from a release whose expected share of errors is, in each tick given the
    past, at most the limit is at most α; errors of one tick may all have one cause. See `Bet`.
    """

    name: str
    before: float | None
    """The error rate before; None: not known."""
    alarm_at: float
    barrier: float
    """The capital at which the evidence, tempered for bursts, reaches ``alarm_at``."""
    bet: Bet
    presence: Presence = NONE_YET
    ticks: int = 0
    """Those in which requests were answered."""
    answered: int = 0
    errors: int = 0
    segment: Segment = NOTHING
    alarm: Segment | None = None
    """What it looked like when it counted as regressed; that stays."""
    words: Words = ERRORS

    def take(self, tick: Tick) -> ErrorRateGuard:
        new = tick.new
        presence = self.presence.take(tick.span, tick.missing if new is None else None, new.answered if new else 0)
        if new is None or new.answered <= 0:
            return replace(self, presence=presence)
        errors = min(new.errors, new.answered)
        segment = self.segment.take(errors, new.answered, tick.span, self.bet.limit)
        bet = self.bet.take(errors / new.answered, presence.elapsed)
        alarm = self.alarm or (segment if bet.evidence >= self.barrier else None)
        return ErrorRateGuard(
            self.name,
            self.before,
            self.alarm_at,
            self.barrier,
            bet,
            presence,
            self.ticks + 1,
            self.answered + new.answered,
            self.errors + errors,
            segment,
            alarm,
            self.words,
        )

    @property
    def verdict(self) -> Verdict:
        if self.alarm is not None:
            return Verdict.BLOCK
        enough = self.presence.suffices and self.presence.has_traffic(self.answered) and self._has_power
        return Verdict.ALLOW if enough else Verdict.CANNOT_TELL

    @property
    def _has_power(self) -> bool:
        must = self.words.must_find(self.bet.limit)
        return self.ticks > 0 and must <= 1.0 and self._would_find(must)

    def _would_find(self, bad: float) -> bool:
        return would_find(bad, self.bet.limit, self.ticks, self.answered / self.ticks, self.barrier)

    def finding(self) -> GuardFinding:
        verdict = self.verdict
        found = finds(self.bet.limit, self.ticks, self.answered / self.ticks, self.barrier) if self.ticks else None
        now = self.alarm.share if self.alarm else self.errors / self.answered if self.answered else None
        return GuardFinding(
            guard=self.name,
            verdict=verdict,
            reason=self._reason(verdict, found),
            figures=(Figure(self.words.figure, "share", self.before, now, self.bet.limit),),
            evidence=tempered(self.bet.evidence, self.barrier, self.alarm_at),
            alarm_at=self.alarm_at,
            finds=found,
        )

    def _reason(self, verdict: Verdict, found: float | None) -> str:
        words = self.words
        if self.alarm is not None:
            bad, of, seconds = self.alarm
            return f"{share(bad / of)} of {count(of, words.one)} {words.bad} in {seconds:.0f} s; {self._tolerated}"
        answered = count(self.answered, words.one)
        if verdict is Verdict.ALLOW:
            return f"{share(self.errors / self.answered)} of {answered} {words.bad}; {self._tolerated}"
        if not self.presence.suffices:
            return self.presence.doubt()
        if not self.presence.has_traffic(self.answered):
            return f"{words.none} for {self.presence.quiet:.0f} s"
        if words.must_find(self.bet.limit) > 1.0:
            most = share(self.bet.limit)
            return f"too little is known of the release before: up to {most} {words.figure} would be tolerated"
        missed = f"a rate below {share(found)}" if found is not None else f"even {words.always}"
        return f"{answered}: {missed} would not have been found yet"

    @property
    def _tolerated(self) -> str:
        before = "" if self.before is None else f" ({share(self.before)} before)"
        return f"{share(self.bet.limit)} is tolerated{before}"
