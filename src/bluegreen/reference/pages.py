"""Which pages have made blocks, and what they are to look like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from bluegreen.reference import api, commands, figures, file, rights
from bluegreen.reference.blocks import block, filled, names

MADE: Mapping[str, Callable[[str], Mapping[str, str]]] = {
    "reference/cli.md": commands.made,
    "reference/file.md": file.made,
    "reference/api.md": api.made,
    "reference/rights.md": rights.made,
}
"""By page: what makes its blocks, of the page as it is. Every command must be on its page; of the others, those
that it asks for.
"""
NEW_COMMANDS = "## JSON shapes\n"
"""What the sections of commands end with."""


QUOTING = ("explanation/how-the-switch-works.md",)
"""Pages that quote figures of the benchmarks."""


def written(docs: Path) -> dict[Path, str]:
    """Each page as it should be."""
    pages = {docs / name: _page(name, (docs / name).read_text(encoding="utf-8")) for name in MADE}
    measured = figures.made(docs / "benchmarks.md")
    return pages | {docs / name: filled((docs / name).read_text(encoding="utf-8"), measured) for name in QUOTING}


def _page(name: str, text: str) -> str:
    made = MADE[name](text)
    new = [key for key in made if key not in names(text)] if name == "reference/cli.md" else []
    sections = "".join(f"### `bluegreen {key}`\n\n{block(key, made[key])}\n\n" for key in new)
    return filled(text.replace(NEW_COMMANDS, sections + NEW_COMMANDS, 1), made)
