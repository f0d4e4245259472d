"""The old release at the same time as a control: both ways to compare with it, as one test."""

from __future__ import annotations

from typing import NamedTuple

from bluegreen.core.statistics.comparison import Comparison
from bluegreen.core.statistics.surplus import Surplus


class Control(NamedTuple):
    """The mean of two e-processes, which is one against what both of them are against.

    That is a release whose own rate is tolerated, and that suffers from shared causes as much as the old one does:
    its rate is then at most ``tolerated`` times the old one's, and at most ``limit`` above it.
    """

    comparison: Comparison
    surplus: Surplus | None
    """None: nothing is known of the release before, and so no limit."""

    def take(self, new: int, old: int, requests: int, others: int, elapsed: float) -> Control:
        """After a tick in which so much went wrong on each release, of so many requests of each, above 0."""
        comparison = self.comparison.take(new, old, requests / (requests + others), elapsed)
        if self.surplus is None:
            return Control(comparison, None)
        return Control(comparison, self.surplus.take(new, old, requests, others, elapsed))

    @property
    def evidence(self) -> float:
        """The e-value so far."""
        if self.surplus is None:
            return self.comparison.evidence
        return (self.comparison.evidence + self.surplus.evidence) / 2

    def would_find(self, new: float, old: float, requests: int, others: int, alarm_at: float) -> bool:
        """Whether so much going wrong on each release, from the beginning, would have raised the alarm."""
        if requests <= 0 or others <= 0:
            return False
        share = requests / (requests + others)
        if self.surplus is None:
            return self.comparison.would_find(new, old, share, alarm_at)
        found = self.comparison.would_find(new, old, share, 2 * alarm_at)
        return found or self.surplus.would_find(new, old, requests, others, 2 * alarm_at)
