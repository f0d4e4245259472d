"""One command's page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bluegreen.cli.exits import Exit

MEANINGS: Mapping[Exit, str] = {
    Exit.DONE: "done",
    Exit.FAILED: "failed",
    Exit.USAGE: "wrong usage, or a name that does not exist; nothing was changed",
    Exit.REFUSED: "refused; nothing was changed",
    Exit.ROLLED_BACK: "rolled back: users saw the release, and are back on the one before it",
    Exit.UNKNOWN: "unknown: no controller answers, or it went away; `bluegreen status` tells",
    Exit.INTERRUPTED: "Ctrl-C before anything was sent",
}
"""What a code means where a command says nothing of its own. docs/reference/cli.md has them for all commands."""


class Example(NamedTuple):
    command: str
    what: str


@dataclass(frozen=True)
class Page:
    """What there is to say of one command beside its options."""

    examples: tuple[Example, ...]
    exits: tuple[Exit, ...] = (Exit.DONE, Exit.USAGE, Exit.UNKNOWN)
    means: Mapping[Exit, str] = field(default_factory=dict)
    """What a code means for this command, where `MEANINGS` is too general."""
    see: tuple[str, ...] = ()
    """Pages of docs/ that tell more, without the folder."""
    also: tuple[str, ...] = ()
    """Other commands that one may be looking for."""

    def exit_rows(self) -> list[tuple[int, str]]:
        """Each exit code with what it means."""
        return [(int(code), self.means.get(code) or MEANINGS[code]) for code in self.exits]
