"""The parts of a page that are made: between ``<!-- made: NAME -->`` and ``<!-- end -->``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

BLOCK = re.compile(r"<!-- made: (?P<name>[^>]+) -->\n.*?<!-- end -->", re.DOTALL)


def names(page: str) -> list[str]:
    """What the page wants to have made, in order."""
    return [found["name"] for found in BLOCK.finditer(page)]


def filled(page: str, made: Mapping[str, str]) -> str:
    """The page with its blocks made anew. Raises KeyError for a block that is not made (any longer)."""
    return BLOCK.sub(lambda found: block(found["name"], made[found["name"]]), page)


def block(name: str, text: str) -> str:
    return f"<!-- made: {name} -->\n{text.strip()}\n<!-- end -->"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; nothing for no rows."""
    lines = [_row(row) for row in rows]
    return "\n".join([_row(head), _row(("---",) * len(head)), *lines]) if lines else ""


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
