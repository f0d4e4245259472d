"""A number that is read again and again, against what it was before the switch."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bluegreen.core.evidence import Tick
from bluegreen.core.guards.base import Figure, GuardFinding
from bluegreen.core.guards.due import Due
from bluegreen.core.guards.rules import number
from bluegreen.core.statistics.betting import Bet, would_find
from bluegreen.core.statistics.gamma import upper_limit
from bluegreen.core.verdict import Verdict

LEAST = 5
"""So many values before are needed to compare with."""
TOLERATED = 0.1
"""One reading in ten may always be beyond the limit."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of a number before."""

    median: float
    limit: float
    """Beyond it a reading counts as bad."""
    tolerated: float
    """The share of readings that may be beyond it."""
    run: int
    """How many in a row were beyond it at most before; at least 1."""


def look_back(values: Sequence[float], worse_than: float, alpha: float) -> Before:
    """What values before tell, at least one of them, with a median above 0.

    The tolerated share is the upper limit at ``alpha`` of how often they were beyond the limit themselves, with each
    of their longest runs as one.
    """
    median = statistics.median(values)
    limit = median * worse_than
    beyond = [is_beyond(value, limit, worse_than) for value in values]
    longest = run = 0
    for bad in beyond:
        run = run + 1 if bad else 0
        longest = max(longest, run)
    runs = max(1, longest)
    tolerated = upper_limit(sum(beyond) / runs, alpha) * runs / len(values) if any(beyond) else 0.0
    return Before(median, limit, max(tolerated, TOLERATED), runs)


def is_beyond(value: float, limit: float, worse_than: float) -> bool:
    """Whether it is worse than the limit."""
    return value < limit if worse_than < 1 else value > limit


@dataclass(frozen=True, slots=True)
class AgainstBeforeGuard:
    """Bets on each reading being beyond the limit.

    Guarantee: the chance of ever going back from a release whose readings, each given the past, are beyond the limit
    with a chance of at most the tolerated share is at most α (see `Bet`). Readings hang together, as they look back
    over minutes themselves: each one counts as a part of one, by the longest run before (the root of an e-process
    is one, by Jensen's inequality), which is an approximation of how much they do.
    """

    name: str
    worse_than: float
    alarm_at: float
    before: Before
    due: Due
    bet: Bet
    elapsed: float = 0.0
    last: float | None = None
    beyond: int = 0
    blocked: bool = False

    def take(self, tick: Tick) -> AgainstBeforeGuard:
        elapsed = self.elapsed + tick.span
        reading = tick.readings.get(self.name)
        value = number(reading.value if reading else None)
        due = self.due.take(tick.span, reading, is_good=value is not None)
        if value is None:
            return replace(self, due=due, elapsed=elapsed)
        bad = is_beyond(value, self.before.limit, self.worse_than)
        bet = self.bet.take(float(bad), elapsed)
        after = replace(self, due=due, elapsed=elapsed, bet=bet, last=value, beyond=self.beyond + bad)
        return replace(after, blocked=self.blocked or after.evidence >= self.alarm_at)

    @property
    def evidence(self) -> float:
        return float(self.bet.evidence ** (1.0 / self.before.run))

    @property
    def verdict(self) -> Verdict:
        if self.blocked:
            return Verdict.BLOCK
        return Verdict.ALLOW if self.due.suffices and self._has_power else Verdict.CANNOT_TELL

    @property
    def _has_power(self) -> bool:
        """Whether readings that are all beyond the limit would have been found."""
        return would_find(1.0, self.before.tolerated, self.due.good, 1.0, self.alarm_at**self.before.run)

    def finding(self) -> GuardFinding:
        return GuardFinding(
            guard=self.name,
            verdict=self.verdict,
            reason=self._reason(),
            figures=(Figure("value", "", self.before.median, self.last, self.before.limit),),
            evidence=self.evidence,
            alarm_at=self.alarm_at,
        )

    def _reason(self) -> str:
        if not self.blocked and not self.due.suffices:
            return self.due.doubt()
        if not self.blocked and not self._has_power:
            return f"{self.due.good} readings: too few, even if all of them were beyond the limit"
        than = "below" if self.worse_than < 1 else "above"
        return (
            f"{self.beyond} of {self.due.good} readings {than} {self.before.limit:.4g} ({self.worse_than:g} times the "
            f"median of {self.before.median:.4g} before); the last one was {self.last:.4g}"
        )
