"""Notes as they are drawn on a terminal. Colours only repeat what the marks and the words say."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bluegreen.cli.notes import Mark, Note

STYLES = {Mark.GOOD: "green", Mark.BAD: "red", Mark.UNSURE: "yellow", Mark.PLAIN: "dim"}


def drawn(note: Note) -> Text:
    """One note with its details."""
    text = Text("\n".join(note.lines()))
    text.stylize(STYLES[note.mark], 0, 1)
    return text


def drawn_watch(notes: Iterable[Note]) -> RenderableType:
    """The notes of a watch: its verdict, and its guards below it. A line that is folded goes on below its text."""
    verdict, *guards = notes
    rows = Table.grid(padding=(0, 1))
    rows.add_column(width=1)
    rows.add_column(overflow="fold")
    for note in guards:
        rows.add_row(Text(note.mark, STYLES[note.mark]), Text("\n".join(line[2:] for line in note.lines())))
    return Group(drawn(verdict), Padding(rows, (0, 0, 0, 2), expand=False))
