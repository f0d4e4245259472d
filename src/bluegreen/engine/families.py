"""Metrics before they are text: families of samples, and histograms that are counted here."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal


class Buckets:
    """Counts of values by upper bound, with their sum."""

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self.sum: float | None = 0.0
        """None: not known."""

    def add(self, value: float) -> None:
        self._counts[bisect_left(self._bounds, value)] += 1
        self.sum = None if self.sum is None else self.sum + value

    @classmethod
    def of(cls, times: Mapping[float, int], bounds: Sequence[float]) -> Buckets:
        """From counts that were made elsewhere, by upper bound. What they add up to is not known."""
        found = cls(bounds)
        found.sum = None
        for bound, count in times.items():
            # A bound is one of ours up to rounding.
            found._counts[bisect_left(bounds, bound * (1 - 1e-9))] += count
        return found

    def copy(self) -> Buckets:
        """What was counted up to now."""
        found = Buckets(self._bounds)
        found._counts, found.sum = list(self._counts), self.sum
        return found

    def cumulative(self) -> list[tuple[str, int]]:
        """How many values were at most each bound, the last one being infinite."""
        total, found = 0, []
        for bound, count in zip([*map(str, self._bounds), "+Inf"], self._counts, strict=True):
            total += count
            found.append((bound, total))
        return found


Value = float | Buckets
Kind = Literal["counter", "gauge", "histogram", "info"]


@dataclass
class Family:
    """One metric with its samples."""

    kind: Kind
    name: str
    """Without the suffix that its kind adds (``_total``, ``_info``, ``_bucket``)."""
    help: str
    labels: tuple[str, ...] = ()
    samples: list[tuple[tuple[str, ...], Value]] = field(default_factory=list)
    """Values of the labels, and what was measured; of an info, 1."""

    def add(self, *labels: str, value: Value) -> None:
        """One sample, as it is now."""
        self.samples.append((labels, value.copy() if isinstance(value, Buckets) else value))
