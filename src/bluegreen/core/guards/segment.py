"""Since when a release has been bad."""

from __future__ import annotations

from typing import NamedTuple


class Segment(NamedTuple):
    """The ticks since the share of bad requests was last within its limit, counted from its last low (as CUSUM does).

    For words only: what the verdict hangs on is the evidence.
    """

    bad: int = 0
    all: int = 0
    seconds: float = 0.0

    def take(self, bad: int, requests: int, span: float, limit: float) -> Segment:
        if self.bad <= limit * self.all:
            return Segment(bad, requests, span)
        return Segment(self.bad + bad, self.all + requests, self.seconds + span)

    @property
    def share(self) -> float:
        return self.bad / self.all if self.all else 0.0


NOTHING = Segment()
