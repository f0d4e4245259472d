"""Quantiles and shares of times that were counted by upper bound, at most 10 % apart."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

STEP = 1.1
"""How far bounds lie apart at most: a bucket does not begin below its bound divided by this."""


@dataclass(frozen=True)
class Histogram:
    """Counts of times (in seconds), as a curve: within a bucket they are taken to lie evenly on a logarithmic scale."""

    bounds: Sequence[float]
    """Upper bounds, growing."""
    above: Sequence[int]
    """How many times lie above each bound."""
    count: int

    @classmethod
    def of(cls, times: Mapping[float, int]) -> Histogram:
        """From counts by upper bound, not cumulative."""
        bounds = sorted(bound for bound, count in times.items() if count and bound > 0)
        total = rest = sum(times[bound] for bound in bounds)
        above = []
        for bound in bounds:
            rest -= times[bound]
            above.append(rest)
        return cls(bounds, above, total)

    def slower(self, seconds: float) -> float:
        """How many times lie above, interpolated."""
        index = bisect_right(self.bounds, seconds)
        if index == len(self.bounds):
            return 0.0
        begin, before = self._beginning(index)
        if seconds <= begin:
            return before
        here = math.log(self.bounds[index] / seconds) / math.log(self.bounds[index] / begin)
        return self.above[index] + here * (before - self.above[index])

    def quantile(self, share: float) -> float:
        """The time that this share of them does not exceed, in seconds, interpolated. There must be one at least."""
        wanted = (1.0 - share) * self.count
        index = next((i for i, above in enumerate(self.above) if above <= wanted), len(self.bounds) - 1)
        begin, before = self._beginning(index)
        inside = before - self.above[index]
        here = (wanted - self.above[index]) / inside
        inwards = math.log(self.bounds[index] / begin) * min(max(here, 0.0), 1.0)
        return self.bounds[index] * math.exp(-inwards)

    def _beginning(self, index: int) -> tuple[float, int]:
        """Where a bucket begins, and how many times lie above that."""
        narrow = self.bounds[index] / STEP
        if index == 0:
            return narrow, self.count
        return max(self.bounds[index - 1], narrow), self.above[index - 1]
