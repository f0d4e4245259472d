"""Something to tell, with a mark that says how good it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from bluegreen.core.output import beginning, printable


class Mark(StrEnum):
    """Never alone: words beside it say the same."""

    GOOD = "✓"
    BAD = "✗"
    UNSURE = "?"
    """It is not known whether it is good, which is never good."""
    PLAIN = "·"
    """Neither good nor bad."""


@dataclass
class Note:
    """One thing that happened, or that is so."""

    text: str
    mark: Mark = Mark.PLAIN
    details: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The note with its mark, its details indented."""
        return [f"{self.mark} {printable(self.text)}", *(f"    {printable(line)}" for line in self.details)]


def one_line(text: object, length: int = 200) -> str:
    """What others wrote, as one line of bounded length that does nothing to a terminal."""
    return beginning(" ".join(printable(str(text)).split()), length)
