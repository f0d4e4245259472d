"""Whether a source that is asked again and again still answers."""

from __future__ import annotations

from typing import NamedTuple

from bluegreen.core.evidence import Reading
from bluegreen.core.verdict import Verdict

ROUNDS = 3
"""So many readings may be due without a good one, before nothing is known of now."""
LEAST = 5.0
"""And at least so many seconds."""
IN_A_ROW = 3
"""Bad readings that make a regression: one may be an accident."""


class Due(NamedTuple):
    """How long ago a source said something, in seconds."""

    every: float
    silent: float = 0.0
    good: int = 0
    """Readings so far that were not missing."""
    why: str = ""
    """Why the last one was missing; empty: it was not."""

    def take(self, span: float, reading: Reading | None, *, is_good: bool) -> Due:
        """After a tick, in which it was read, or was not due (None)."""
        if reading is not None and is_good:
            return Due(self.every, 0.0, self.good + 1)
        why = self.why if reading is None else reading.why or "nothing was said"
        return Due(self.every, self.silent + span, self.good, why)

    @property
    def suffices(self) -> bool:
        return self.good > 0 and self.silent <= max(ROUNDS * self.every, LEAST)

    def doubt(self) -> str:
        """Why nothing is known of now, as a sentence."""
        why = f": {self.why}" if self.why else ""
        return f"no answer for {self.silent:.0f} s{why}" if self.good else f"no answer yet{why}"


def has_answered(reading: Reading | None) -> bool:
    """Whether a probe or a command came to an answer."""
    return reading is not None and reading.verdict not in (None, Verdict.CANNOT_TELL)
