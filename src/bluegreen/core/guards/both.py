"""What both releases did at the same time."""

from __future__ import annotations

from typing import NamedTuple

from bluegreen.core.evidence import Tick


class Both(NamedTuple):
    """Requests of the new and of the old release, and the bad ones among them."""

    new: int = 0
    new_bad: int = 0
    old: int = 0
    old_bad: int = 0
    seconds: float = 0.0

    @classmethod
    def errors(cls, tick: Tick) -> Both | None:
        """Answered requests and errors of a tick; None when either release is missing."""
        new, old = tick.new, tick.old
        if new is None or old is None:
            return None
        return cls(new.answered, min(new.errors, new.answered), old.answered, min(old.errors, old.answered), tick.span)

    def plus(self, other: Both) -> Both:
        return Both(
            self.new + other.new,
            self.new_bad + other.new_bad,
            self.old + other.old,
            self.old_bad + other.old_bad,
            self.seconds + other.seconds,
        )

    def since(self, other: Both, tolerated: float, floor: float) -> Both:
        """Counted on while the new release is worse than tolerated, and anew from when it was not."""
        is_bad = self.new_bad > max(tolerated * self.old_rate, floor) * self.new
        return self.plus(other) if is_bad else other

    @property
    def share(self) -> float:
        """The new release's share of the requests."""
        return self.new / (self.new + self.old) if self.new else 0.0

    @property
    def new_rate(self) -> float:
        return self.new_bad / self.new if self.new else 0.0

    @property
    def old_rate(self) -> float:
        return self.old_bad / self.old if self.old else 0.0


NOTHING_COUNTED = Both()
