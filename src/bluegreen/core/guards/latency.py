"""How long users' requests take, against the release before as it was before the switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bluegreen.core.evidence import Counted, Threshold, Tick
from bluegreen.core.guards.base import Figure, GuardFinding
from bluegreen.core.guards.presence import NONE_YET, Presence
from bluegreen.core.guards.segment import Segment
from bluegreen.core.guards.waiting import Waiting
from bluegreen.core.guards.wording import count, seconds, share
from bluegreen.core.statistics.betting import Bet, finds, would_find
from bluegreen.core.verdict import Verdict

HALF = 0.5
HANGING = 0.1
"""A release is not healthy while so large a part of its requests hangs."""
ALL_HANG = 1.0
"""Nor while requests hang and nothing was answered for so many seconds more than is usual."""


@dataclass(frozen=True, slots=True)
class LatencyGuard:
    """Bets on each tick's share of answers above each threshold, and takes the mean of the bets' capital.

    Guarantee: the chance of ever going back from a release whose expected share of slow answers is, in each tick
    given the past, at most `Threshold.share` for every limit, is at most α; slow answers of one tick may all have
    one cause. The mean of e-processes is one. See `Bet`.
    """

    name: str
    thresholds: tuple[Threshold, ...]
    alarm_at: float
    bets: tuple[Bet, ...]
    waiting: Waiting
    presence: Presence = NONE_YET
    ticks: int = 0
    """Those in which times were measured, or requests found to hang."""
    timed: int = 0
    slow: tuple[int, ...] = ()
    segments: tuple[Segment, ...] = ()
    alarm: tuple[Segment, ...] = ()
    """What it looked like when it counted as regressed; that stays."""

    def take(self, tick: Tick) -> LatencyGuard:
        waiting, hanging, before = self.waiting.take(tick.new, tick.span)
        new = tick.new
        why = _missing(tick, len(self.bets))
        if why is None and new is not None and not new.timed and self._all_hang:
            # Such a second says nothing good; users who give up and come back must not make it look like one.
            why = f"{count(waiting.counted, 'request')} hang unanswered"
        presence = self.presence.take(tick.span, why, new.timed if new else 0)
        timed = max(0, new.timed - before) + hanging if new is not None else 0
        if new is None or not timed or (new.timed and len(new.slow) != len(self.bets)):
            return replace(self, presence=presence, waiting=waiting)
        answers = new.slow or (0,) * len(self.bets)
        slow = tuple([min(timed, max(0, s - before) + hanging) for s in answers])
        bets = tuple([bet.take(s / timed, presence.elapsed) for bet, s in zip(self.bets, slow, strict=True)])
        segments = tuple(
            [g.take(s, timed, tick.span, b.limit) for g, s, b in zip(self.segments, slow, bets, strict=True)]
        )
        alarm = self.alarm or (segments if evidence_of(bets) >= self.alarm_at else ())
        totals = tuple([a + b for a, b in zip(self.slow, slow, strict=True)])
        return LatencyGuard(
            self.name,
            self.thresholds,
            self.alarm_at,
            bets,
            waiting,
            presence,
            self.ticks + 1,
            self.timed + timed,
            totals,
            segments,
            alarm,
        )

    @property
    def evidence(self) -> float:
        return evidence_of(self.bets)

    @property
    def verdict(self) -> Verdict:
        if self.alarm:
            return Verdict.BLOCK
        enough = self.presence.suffices and self.presence.has_traffic(self.timed) and not self._hangs
        return Verdict.ALLOW if enough and self._has_power else Verdict.CANNOT_TELL

    @property
    def _hangs(self) -> bool:
        return self.waiting.counted > HANGING * self.timed or self._all_hang

    @property
    def _all_hang(self) -> bool:
        """Users who all wait send nothing more: then few requests hang, and nobody is answered."""
        return self.waiting.counted > 0 and not self.presence.has_traffic(self.timed, ALL_HANG)

    @property
    def _has_power(self) -> bool:
        """Whether half of the requests being slow would have been found; of a threshold that many exceed, more."""
        return self.ticks > 0 and any(
            would_find(
                max(HALF, (1 + bet.limit) / 2 if bet.limit > HALF / 2 else 0.0),
                bet.limit,
                self.ticks,
                self.timed / self.ticks,
                self.alarm_at * len(self.bets),
            )
            for bet in self.bets
        )

    def finding(self) -> GuardFinding:
        verdict = self.verdict
        found = self._finds()
        return GuardFinding(
            guard=self.name,
            verdict=verdict,
            reason=self._reason(verdict, found),
            figures=tuple(
                Figure(
                    f"{slower_than(t)} (p{t.quantile * 100:g})",
                    "share",
                    t.usual,
                    s / self.timed if self.timed else None,
                    t.share,
                )
                for t, s in zip(self.thresholds, self.slow, strict=True)
            ),
            evidence=self.evidence,
            alarm_at=self.alarm_at,
            finds=found,
        )

    def _finds(self) -> float | None:
        if not self.ticks:
            return None
        each, alarm_at = self.timed / self.ticks, self.alarm_at * len(self.bets)
        found = [finds(bet.limit, self.ticks, each, alarm_at) for bet in self.bets]
        return min((f for f in found if f is not None), default=None)

    def _reason(self, verdict: Verdict, found: float | None) -> str:
        if self.alarm:
            return said(self.thresholds, self.alarm)
        if verdict is Verdict.ALLOW:
            parts = zip(self.thresholds, self.slow, strict=True)
            slow = ", ".join(f"{share(s / self.timed)} {slower_than(t)} ({share(t.share)} tolerated)" for t, s in parts)
            return f"of {count(self.timed, 'answer')}, {slow}"
        if self._hangs:
            return f"{count(self.waiting.counted, 'request')} hang unanswered"
        if not self.presence.suffices:
            return self.presence.doubt()
        if not self.presence.has_traffic(self.timed):
            return f"no time of an answer was measured for {self.presence.quiet:.0f} s"
        missed = f"less than {share(found)} slow ones" if found is not None else "even slow ones only"
        return f"{count(self.timed, 'answer')}: {missed} would not have been found yet"


def evidence_of(bets: Sequence[Bet]) -> float:
    return sum([sum(bet.capitals) for bet in bets]) / len(bets)


def named(threshold: Threshold) -> str:
    """What a figure of this limit is called; two limits may have the same time."""
    return f"{slower_than(threshold)} (p{threshold.quantile * 100:g})"


def slower_than(threshold: Threshold) -> str:
    return f"slower than {seconds(threshold.seconds)}"


def said(thresholds: Sequence[Threshold], segments: Sequence[Segment]) -> str:
    """What is slow, by the limit that is exceeded most."""
    pairs = [(t, s) for t, s in zip(thresholds, segments, strict=True) if s.all]
    worst, segment = max(pairs, key=lambda pair: pair[1].share / pair[0].share)
    return (
        f"{share(segment.share)} of {count(segment.all, 'answer')} in {segment.seconds:.0f} s took longer than "
        f"{seconds(worst.seconds)}; {share(worst.share)} is tolerated "
        f"({worst.factor:g} times the p{worst.quantile * 100:g} of {seconds(worst.before)} before)"
    )


def _missing(tick: Tick, limits: int) -> str | None:
    """Why there are no times, although there are answers; None: as many as there can be."""
    new: Counted | None = tick.new
    if new is None:
        return tick.missing
    if (new.answered and not new.timed) or (new.timed and len(new.slow) != limits):
        return "the times of answers were not measured"
    return None
