"""A rate against a known one, when there is nothing to compare with at the same time."""

from __future__ import annotations

import math
from typing import NamedTuple

from bluegreen.core.statistics.betting import CAP, STEEPEST
from bluegreen.core.statistics.comparison import WORSE
from bluegreen.core.statistics.onset import AT_ONCE, staked


class OneRate(NamedTuple):
    """An e-process against "events come at no worse a rate than ``tolerated`` for each one they are counted per".

    The likelihood ratio of Poisson counts: r^n · exp(-(r - 1) · tolerated · exposure), for rates r times the
    tolerated one. Its expectation is 1 at the tolerated rate and below 1 on the good side of it; Ville's inequality
    does the rest (Wald 1945). It holds for independent events whose rate does not vary with the time of day: what
    it finds is to be looked at by a person.
    """

    tolerated: float
    seconds: float
    more_is_worse: bool
    capitals: tuple[float, ...] = (0.0,) * len(WORSE)
    staked: float = 0.0

    def take(self, events: int, exposure: int, elapsed: float) -> OneRate:
        """After a tick with so many events, where so many of what they are counted per were."""
        put = staked(elapsed, self.seconds)
        stake = (put - self.staked) / len(WORSE)
        factors = [math.exp(min(gain, STEEPEST)) for gain in self._gains(events, exposure)]
        capitals = tuple(
            [min((capital + stake) * factor, CAP) for capital, factor in zip(self.capitals, factors, strict=True)]
        )
        return self._replace(capitals=capitals, staked=put)

    @property
    def evidence(self) -> float:
        """The e-value so far."""
        return sum(self.capitals)

    def would_find(self, events: float, exposure: float, alarm_at: float) -> bool:
        """Whether so many events from the beginning would have raised the alarm."""
        return max(self._gains(events, exposure)) >= math.log(alarm_at * len(WORSE) / AT_ONCE)

    def _gains(self, events: float, exposure: float) -> list[float]:
        ratios = [worse if self.more_is_worse else 1.0 / worse for worse in WORSE]
        return [events * math.log(r) - (r - 1.0) * self.tolerated * exposure for r in ratios]
