"""Notes as they are drawn on a terminal. Colours only repeat what the marks and the words say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from bluegreen.cli.notes import Mark, Note

STYLES = {Mark.GOOD: "green", Mark.BAD: "red", Mark.UNSURE: "yellow", Mark.PLAIN: "dim"}


def drawn(note: Note) -> Text:
    """One note with its details."""
    text = Text("\n".join(note.lines()))
    text.stylize(STYLES[note.mark], 0, 1)
    return text


def drawn_watch(notes: Iterable[Note]) -> Iterator[RenderableType]:
    """The notes of a watch: its verdict, and its guards below it."""
    for index, note in enumerate(notes):
        yield Padding(drawn(note), (0, 0, 0, 2 if index else 0), expand=False)
