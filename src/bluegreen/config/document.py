"""A YAML file as plain data, together with the place of every value and key in the text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bluegreen.config.problems import Problem

Path = tuple[str | int, ...]
Place = tuple[int, int]
"""Line and column, from 1."""


def dotted(path: Path) -> str:
    """A path as people write it: ``verify[0].http``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


@dataclass
class Document:
    """What the file says (``data``), and where."""

    name: str
    text: str
    data: Any = None
    keys: dict[Path, Place] = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=dict)
    empty: list[Path] = field(default_factory=list)
    """Keys and list items without a value."""
    problems: list[Problem] = field(default_factory=list)

    def problem(self, path: Path, message: str, hint: str = "", *, on_key: bool = False) -> Problem:
        """A problem of the value (or key) at ``path``, or of the nearest thing above it that stands in the text."""
        places = self.keys if on_key else self.values
        near = path
        while near and near not in places:
            near = near[:-1]
        line, column = places.get(near, (1, 1))
        return Problem(line, column, dotted(path), message, hint)
