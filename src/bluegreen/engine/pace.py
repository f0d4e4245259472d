"""Not too often: some at once after a quiet time, then one every so many seconds."""

from __future__ import annotations


class Pace:
    """How long the next one has to wait, for a given number at once and a given time between them under load."""

    def __init__(self, at_once: int, every: float) -> None:
        self._slack = (at_once - 1) * every
        self._every = every
        self._paid_until = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds from now until the next one may go; 0: it may."""
        return max(0.0, self._paid_until - self._slack - now)

    def go(self, now: float) -> None:
        """One goes now."""
        self._paid_until = max(self._paid_until, now) + self._every
