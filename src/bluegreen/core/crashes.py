"""How often a crash is told: an instance that crashes all night is one message, and a few that say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

QUIET = 600.0
"""Seconds after a message in which crashes of the same component are counted and not told."""


@dataclass(frozen=True)
class Crashes:
    """When the crashes of each component were last told, and how many came since."""

    told: Mapping[tuple[str, str], tuple[float, int]] = field(default_factory=dict)
    """By place and component."""

    def take(self, place: str, component: str, at: float) -> tuple[Crashes, int | None]:
        """With one more crash; and how many crashes are to be told now, None: none."""
        key = (place, component)
        last, kept_back = self.told.get(key, (None, 0))
        if last is not None and last <= at < last + QUIET:
            return Crashes({**self.told, key: (last, kept_back + 1)}), None
        return Crashes({**self.told, key: (at, 0)}), kept_back + 1
