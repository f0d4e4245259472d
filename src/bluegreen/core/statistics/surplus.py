"""What goes wrong on the new release beyond its own limit and what goes wrong on the old one at the same time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from bluegreen.core.statistics.betting import CAP, STEEPEST
from bluegreen.core.statistics.onset import AT_ONCE, staked

PARTS = (0.15, 0.5, 0.95)
"""How much of the capital an error of the old release costs."""


class Surplus(NamedTuple):
    """An e-process against "the new release's rate is at most ``limit`` plus the rate of the old one now".

    That is what an innocent release looks like when something shared fails: its own errors stay within what is
    tolerated, and whatever comes on top hits the old release as well. With n and o requests of the new and the old
    release in a tick, the capital is multiplied by a^new · b^old · exp(-(a - 1) · limit · n), where b = 1 - g and
    a = 1 + g o / n.

    Guarantee: for independent requests, E ≤ exp((a - 1)(limit + s) n + (b - 1) s o - (a - 1) limit n) = 1 for any rate
    s of the old release, whatever it is in each tick; so Ville's inequality holds (see `Bet`). For bursts see
    `Comparison`, whose conditions are the same; it is faster where errors were many before, this one where the old
    release serves few requests.
    """

    limit: float
    burst: float
    """How many errors at most have one cause."""
    seconds: float
    """How long the stage is meant to last."""
    capitals: tuple[float, ...] = (0.0,) * len(PARTS)
    staked: float = 0.0

    def take(self, new: int, old: int, requests: int, others: int, elapsed: float) -> Surplus:
        """After a tick in which so much went wrong on each release, of so many requests of each, above 0."""
        put = staked(elapsed, self.seconds)
        stake = (put - self.staked) / len(PARTS)
        capitals = tuple(
            [
                min((capital + stake) * math.exp(min(gain, STEEPEST)), CAP)
                for capital, gain in zip(self.capitals, self._gains(new, old, requests, others), strict=True)
            ]
        )
        return Surplus(self.limit, self.burst, self.seconds, capitals, put)

    @property
    def evidence(self) -> float:
        """The e-value so far."""
        return sum(self.capitals)

    def would_find(self, new: float, old: float, requests: int, others: int, alarm_at: float) -> bool:
        """Whether so much going wrong on each release, from the beginning, would have raised the alarm."""
        wanted = math.log(alarm_at * len(PARTS) / AT_ONCE)
        return requests > 0 and others > 0 and max(self._gains(new, old, requests, others)) >= wanted

    def _gains(self, new: float, old: float, requests: int, others: int) -> Sequence[float]:
        odds = others / requests
        return [
            (new * math.log1p(part * odds) + old * math.log1p(-part) - part * odds * self.limit * requests) / self.burst
            for part in PARTS
        ]
