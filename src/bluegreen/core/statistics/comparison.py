"""The new release's share of what went wrong, against the old one's at the same time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from bluegreen.core.statistics.betting import CAP, STEEPEST
from bluegreen.core.statistics.onset import AT_ONCE, staked

WORSE = (1.25, 1.6, 2.5, 5.0, 15.0, 50.0)
"""How many times worse than tolerated the release is taken to be, by each part of the stake."""


class Comparison(NamedTuple):
    """An e-process against "the rate of the new release is at most ``tolerated`` times that of the old one now".

    Whatever hits both releases alike raises both rates, and cancels. Of E errors in a tick, the new release has each
    one with the chance θ_r = r ρ / (r ρ + 1 - ρ), when its rate is r times the old one's and ρ is its share of the
    tick's requests. The capital is multiplied by (θ_r / θ_t)^new · ((1 - θ_r) / (1 - θ_t))^old for an r beyond the
    tolerated ratio t.

    Guarantee: for independent requests, given how many each release answered, and any ratio within the tolerated
    one, the expected factor is at most 1: E = Π (1 + p_i (a - 1)) ≤ exp(Σ p_i (a - 1)) over the requests of both, and
    the sum is 0 at the tolerated ratio and negative below. So this is a supermartingale, for Ville's inequality; see
    `Bet`. Errors in bursts: the factor is raised to 1/``burst``; as a^(s/b) ≤ 1 + (s/b)(a - 1) for 0 ≤ s ≤ b, the same
    holds for independent bursts of at most ``burst`` errors each. Longer bursts of one release only are not covered.

    Source: the conditional test of two Poisson rates (Przyborowski and Wilenski, 1940) as a likelihood ratio against
    the boundary, as in safe tests for contingency tables (Turner, Ly and Grünwald, arXiv 2106.02693).
    """

    tolerated: float
    """The tolerated ratio of rates."""
    burst: float
    """How many errors at most have one cause."""
    seconds: float
    """How long the stage is meant to last."""
    more_is_worse: bool = True
    """False: rates of what is wanted, and a ratio below ``tolerated`` is worse."""
    capitals: tuple[float, ...] = (0.0,) * len(WORSE)
    staked: float = 0.0

    def take(self, new: int, old: int, share: float, elapsed: float) -> Comparison:
        """After a tick in which so much went wrong on each release.

        ``share`` is the new release's share of the requests of both: above 0 and below 1.
        """
        put = staked(elapsed, self.seconds)
        stake = (put - self.staked) / len(WORSE)
        if new == old == 0:
            capitals = tuple([capital + stake for capital in self.capitals])
        else:
            gains = [new * up + old * down for up, down in self._logs(share)]
            factors = [math.exp(min(gain / self.burst, STEEPEST)) for gain in gains]
            capitals = tuple(
                [min((capital + stake) * factor, CAP) for capital, factor in zip(self.capitals, factors, strict=True)]
            )
        return self._replace(capitals=capitals, staked=put)

    @property
    def evidence(self) -> float:
        """The e-value so far."""
        return sum(self.capitals)

    def would_find(self, new: float, old: float, share: float, alarm_at: float) -> bool:
        """Whether so much going wrong on each release, from the beginning, would have raised the alarm."""
        if not 0.0 < share < 1.0:
            return False
        wanted = math.log(alarm_at * len(WORSE) / AT_ONCE) * self.burst
        return any(new * up + old * down >= wanted for up, down in self._logs(share))

    def _logs(self, share: float) -> Sequence[tuple[float, float]]:
        """The logarithm of the factor for each error of the new release, and for each of the old one."""
        odds = self.tolerated * share / (1.0 - share)
        pairs = []
        for worse in WORSE:
            times = worse if self.more_is_worse else 1.0 / worse
            # θ = odds/(odds + 1): the ratio of two such, and of what is left, without a difference of close numbers.
            down = math.log((odds + 1.0) / (times * odds + 1.0))
            pairs.append((math.log(times) + down, down))
        return pairs
