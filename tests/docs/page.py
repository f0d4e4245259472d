"""A Markdown page: its tested blocks with the output that is shown for them, and its links.

A block fenced as `sh tested` is run; one fenced as `text output` behind it shows what was printed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """Commands, and the lines that the page shows as their output; none: it shows no output."""

    commands: str
    shown: tuple[str, ...]


def pages() -> list[Path]:
    """Every Markdown page of the project."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])


def blocks(text: str) -> list[Block]:
    """The tested blocks of a page, in order."""
    found: list[Block] = []
    for fence in FENCE.finditer(text):
        if fence["kind"] == "sh tested":
            found.append(Block(fence["body"], ()))
        elif fence["kind"] == "text output":
            assert found, "a page shows output before any command"
            lines = tuple(line for line in fence["body"].splitlines() if line.strip())
            found[-1] = Block(found[-1].commands, found[-1].shown + lines)
    return found


def links(text: str) -> list[str]:
    """Relative links of a page, with their anchors."""
    prose = re.sub(r"`[^`\n]*`", "", FENCE.sub("", text))
    return [t for t in (m["target"] for m in LINK.finditer(prose)) if not re.match(r"[a-z]+:", t)]


def anchors(text: str) -> set[str]:
    """The anchors that headings of a page get."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
