"""A bet against a share being at most what is tolerated; its gain is the evidence."""

from __future__ import annotations

import math
from typing import NamedTuple

from bluegreen.core.statistics.onset import AT_ONCE, staked

FRACTIONS = (0.03, 0.12, 0.4, 0.95)
"""Which part of the capital is risked: little suits few requests a second, nearly all suits many."""
WEIGHTS = (0.2, 0.2, 0.2, 0.4)
"""How the stake is divided over them: chosen for the median time to find regressions; any division is valid."""
CAP = 1e120
"""Capital above it is given away, which no guarantee minds, so that no figure ever overflows."""

STEEPEST = 250.0
"""No tick multiplies a capital by more than e to this: what would be more is given away as well."""


class Bet(NamedTuple):
    """An e-process against "in each tick, the expected share given the past is at most ``limit``".

    Each observation x lies between 0 and 1; a bet multiplies its capital by ``1 + f (x / limit - 1)``, which is fair
    or worse as long as the expectation of x is at most the limit, whatever the distribution of x: errors of one tick
    may all have one cause. So the capital is a non-negative supermartingale that starts at 1 or less, and by
    Ville's inequality the chance that it *ever* reaches 1/α is at most α: it may be looked at after every tick.
    Averages of such bets, over the fraction f and over when they begin, are such bets too.

    Source: Waudby-Smith and Ramdas, Estimating means of bounded random variables by betting, arXiv 2010.09686.
    What it does not cover: correlation over several ticks, as far as it lifts the expectation of a tick *given the
    past* above the limit.
    """

    limit: float
    seconds: float
    """How long the stage is meant to last."""
    capitals: tuple[float, ...] = (0.0,) * len(FRACTIONS)
    staked: float = 0.0
    """The part of the stake that has been put down."""

    def take(self, x: float, elapsed: float) -> Bet:
        """After one observation, ``elapsed`` seconds after the stage began, this tick included."""
        put = staked(elapsed, self.seconds)
        stake, gain = put - self.staked, x / self.limit - 1.0
        capitals = tuple(
            [
                min((capital + stake * weight) * (1.0 + fraction * gain), CAP)
                for capital, fraction, weight in zip(self.capitals, FRACTIONS, WEIGHTS, strict=True)
            ]
        )
        return Bet(self.limit, self.seconds, capitals, put)

    @property
    def evidence(self) -> float:
        """The e-value so far."""
        return sum(self.capitals)


def barrier(alarm_at: float, tempering: float) -> float:
    """The capital whose power ``tempering`` is ``alarm_at``, far below the cap."""
    return math.exp(min(math.log(alarm_at) / tempering, math.log(CAP) - 20.0))


def tempered(evidence: float, barrier: float, alarm_at: float) -> float:
    """The evidence to that power of which ``barrier`` gives ``alarm_at``."""
    return float(evidence ** (math.log(alarm_at) / math.log(barrier)))


def would_find(share: float, limit: float, ticks: int, each: float, alarm_at: float) -> bool:
    """Whether a bet would typically have reached ``alarm_at`` by now, had this share been bad from the beginning.

    ``each`` is the mean number of requests in each of the ticks. The growth that is expected in a tick is that of two
    outcomes: no bad request, and the mean of the others; exact for one request a tick, and for very many.
    """
    if ticks == 0 or share <= limit:
        return False
    none = (1.0 - share) ** each
    hit = share / (1.0 - none) / limit - 1.0
    return any(
        ticks * (none * math.log1p(-fraction) + (1.0 - none) * math.log1p(fraction * hit))
        >= math.log(alarm_at / (AT_ONCE * weight))
        for fraction, weight in zip(FRACTIONS, WEIGHTS, strict=True)
    )


def finds(limit: float, ticks: int, each: float, alarm_at: float) -> float | None:
    """The smallest share that would typically have been found by now, to three digits; None when not even all bad
    would."""
    if not would_find(1.0, limit, ticks, each, alarm_at):
        return None
    low, high = limit, 1.0
    while high > low * 1.002:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if would_find(middle, limit, ticks, each, alarm_at) else (middle, high)
    return high
