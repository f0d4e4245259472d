"""Finds back ends by entry point, our own like anybody's."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from typing import Any

from bluegreen.core.errors import PermanentError


def load(group: str, name: str) -> Any:
    """The class that is registered as ``name`` in ``bluegreen.GROUP``. Raises PermanentError when there is none."""
    found = _points(group)
    if name not in found:
        raise PermanentError(
            f"There is no back end `{name}` among the {group}.",
            why=f"Installed are: {', '.join(sorted(found)) or 'none'}.",
            cure=f"Install the package that has it, perhaps `pip install 'bluegreen[{name}]'`.",
        )
    return found[name].load()


def load_all(group: str) -> dict[str, Any]:
    """Every class that is registered in ``bluegreen.GROUP``, by name."""
    return {name: point.load() for name, point in _points(group).items()}


def _points(group: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=f"bluegreen.{group}")}
