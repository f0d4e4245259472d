"""Notes as they are drawn on a terminal. Colours only repeat what the marks and the words say."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bluegreen.cli.notes import Mark, Note
from bluegreen.core.output import printable

STYLES = {Mark.GOOD: "green", Mark.BAD: "red", Mark.UNSURE: "yellow", Mark.PLAIN: "dim"}


def drawn(note: Note) -> RenderableType:
    """One note with its details. A line that is folded goes on below its own beginning."""
    row = Table.grid(padding=(0, 1))
    row.add_column(width=1)
    row.add_column(overflow="fold")
    details = (_indented(Text(printable(line))) for line in note.details)
    row.add_row(Text(note.mark, STYLES[note.mark]), Group(Text(printable(note.text)), *details))
    return row


def drawn_watch(notes: Iterable[Note]) -> RenderableType:
    """The notes of a watch: its verdict, and its guards below it."""
    verdict, *guards = notes
    return Group(drawn(verdict), _indented(Group(*(drawn(note) for note in guards))))


def _indented(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, 2), expand=False)
