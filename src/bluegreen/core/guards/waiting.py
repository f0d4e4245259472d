"""Requests that arrive and are not answered: a release that hangs says nothing about its times by itself."""

from __future__ import annotations

from typing import NamedTuple

from bluegreen.core.evidence import Counted

LONGEST = 60.0
"""Times above this are not waited for: what is remembered of arrivals stays small."""


class Waiting(NamedTuple):
    """How many requests have surely waited longer than any answer should take, each of them counted once.

    Of the requests under way, all but those that arrived during the last ``longest`` seconds have waited longer. A
    stream that has been answered and goes on is not one of them: what is under way and what has not been answered
    are bounds of it both.
    """

    longest: float
    unanswered: int = 0
    """A lower bound of the requests that have arrived and have not been answered."""
    arrivals: tuple[tuple[float, int], ...] = ()
    """Span and arrivals of the latest ticks, as far as ``longest`` goes back, the latest first."""
    counted: int = 0
    """Those that were counted as slow while they waited, and for which no slow answer has come yet."""

    def take(self, new: Counted | None, span: float) -> tuple[Waiting, int, int]:
        """After a tick; how many are to be counted as slow now, and how many of its slow answers were so before."""
        if new is None or self.longest > LONGEST:
            return Waiting(self.longest, counted=self.counted), 0, 0
        arrivals = _latest(((span, new.arrived), *self.arrivals), self.longest)
        unanswered = max(0, self.unanswered + new.arrived - new.answered)
        before = min(self.counted, min(new.slow, default=0))
        rest = min(self.counted - before, new.waiting)
        covered = sum([covers for covers, _ in arrivals]) >= self.longest
        hanging = min(new.waiting, unanswered) - sum([arrived for _, arrived in arrivals]) if covered else 0
        found = max(0, hanging - rest)
        return Waiting(self.longest, unanswered, arrivals, rest + found), found, before


def _latest(arrivals: tuple[tuple[float, int], ...], seconds: float) -> tuple[tuple[float, int], ...]:
    covered = 0.0
    for index, (span, _) in enumerate(arrivals):
        covered += span
        if covered >= seconds:
            return arrivals[: index + 1]
    return arrivals
