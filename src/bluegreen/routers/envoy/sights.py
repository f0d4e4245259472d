"""What was seen a moment ago, so that a switch need not look again: who answered, and what Envoy had refused."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

FRESH = 3.0
"""Seconds for which a look is trusted: a little more than upkeep lets pass between two."""


class Sights:
    """The newest look at each backend and each subscription."""

    def __init__(self) -> None:
        self._alive: dict[str, float] = {}
        self._refused: dict[Path, tuple[float, int]] = {}

    def note(self, alive: Iterable[str], dead: Iterable[str], file: Path, refused: int) -> None:
        """Remember what was seen just now."""
        now = time.monotonic()
        self._alive = {name: at for name, at in self._alive.items() if now - at < FRESH}
        self._alive.update(dict.fromkeys(alive, now))
        for name in dead:
            self._alive.pop(name, None)
        self._refused[file] = (now, refused)

    def alive(self, backend: str) -> bool:
        """Whether it took a connection a moment ago."""
        return time.monotonic() - self._alive.get(backend, -FRESH) < FRESH

    def refused(self, file: Path) -> int | None:
        """How many updates of a file had been refused a moment ago; None: not looked at lately."""
        at, count = self._refused.get(file, (-FRESH, 0))
        return count if time.monotonic() - at < FRESH else None
