"""A scorer that scores nothing: what it has counted is put in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bluegreen.scorer.base import Shown, Tallies, Tally, Wanted


class MemoryScorer:
    """For tests of what is above it; see `bluegreen.scorer.base.Scorer`."""

    def __init__(self) -> None:
        self.wanted: Mapping[str, Wanted] = {}
        self.counted: dict[str, dict[str, Tally]] = {}
        self.came: dict[str, Shown] = {}
        self.kept: list[Mapping[str, Any]] = []
        """What `evidence` gives."""
        self.trouble = ""
        self.on_change: Callable[[], None] = lambda: None

    def want(self, wanted: Mapping[str, Wanted]) -> None:
        self.wanted = wanted

    def tallies(self) -> Tallies:
        return {backend: dict(by_rule) for backend, by_rule in self.counted.items()}

    def shown(self) -> Mapping[str, Shown]:
        return dict(self.came)

    async def evidence(self, app: str, backends: str, key: str) -> Sequence[Mapping[str, Any]]:
        return list(self.kept)

    async def close(self) -> None:
        """Nothing runs."""
