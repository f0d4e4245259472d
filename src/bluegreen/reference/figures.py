"""Figures of the benchmarks, for pages that quote them: the first table of each benchmark, as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

BENCHMARK = re.compile(r"<!-- (?P<name>\w+): from here -->\n(?P<text>.*?)<!-- (?P=name): to here -->", re.DOTALL)
TABLE = re.compile(r"(?:^\|.*\|\n)+", re.MULTILINE)
MEASURED = re.compile(r"^\*Measured .*\*$", re.MULTILINE)


def made(benchmarks: Path) -> dict[str, str]:
    """By benchmark: its table, and when and on what it was measured."""
    page = benchmarks.read_text(encoding="utf-8")
    return {found["name"]: _quoted(found["text"]) for found in BENCHMARK.finditer(page)}


def _quoted(text: str) -> str:
    parts = [found[0].strip() for found in (TABLE.search(text), MEASURED.search(text)) if found]
    return "\n\n".join(parts)
