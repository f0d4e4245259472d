"""What one environment did during a second or two, as people read it: pure. What is not known is None, never 0."""

from __future__ import annotations

import math
import struct
from dataclasses import astuple, dataclass
from typing import Any

from bluegreen.core.model import Color
from bluegreen.core.statistics.histogram import Histogram
from bluegreen.engine.counts import Totals, times_between
from bluegreen.routers.base import Times

NEVER = 3600.0
"""Seconds above which a time stands for a request that was never answered: how long it took is not known."""


@dataclass(frozen=True)
class Figures:
    """One environment."""

    rps: float
    """Users' requests that arrived, a second."""
    errors: float
    """5xx answers, resets and time-outs a second."""
    active: int
    """Requests and streams under way."""
    p50: float | None = None
    """Milliseconds; None when nothing was answered, or so much was not that it cannot be said."""
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True)
class Point:
    """Both environments at one moment; None for one that is empty, or of which nothing is known."""

    at: float
    """Seconds since 1970."""
    environments: tuple[Figures | None, Figures | None] = (None, None)
    """In the order of `Color`."""

    def as_json(self) -> dict[str, Any]:
        return {
            "at": round(self.at, 3),
            "environments": {
                str(color): None if figures is None else _rounded(figures)
                for color, figures in zip(Color, self.environments, strict=True)
            },
        }


def figures_between(before: Totals, after: Totals, seconds: float) -> Figures | None:
    """What happened in between; None when a counter went backwards: they began anew."""
    arrived, errors = after.arrived - before.arrived, after.errors - before.errors
    times = times_between(before.times, after.times)
    if seconds <= 0 or min(arrived, errors) < 0 or times is None:
        return None
    return Figures(arrived / seconds, errors / seconds, after.waiting, *_quantiles(times))


def _quantiles(times: Times) -> tuple[float | None, ...]:
    histogram = Histogram.of(times)
    if not histogram.count:
        return None, None, None
    found = (histogram.quantile(share) for share in (0.5, 0.95, 0.99))
    return tuple(seconds * 1000 if seconds < NEVER else None for seconds in found)


def _rounded(figures: Figures) -> dict[str, Any]:
    def short(value: float | None) -> float | None:
        return None if value is None else round(value, 2)

    return {
        "rps": short(figures.rps),
        "errors": short(figures.errors),
        "active": figures.active,
        "p50": short(figures.p50),
        "p95": short(figures.p95),
        "p99": short(figures.p99),
    }


_PACKED = struct.Struct("<d12f")
_NOTHING = (math.nan,) * 6


def packed(point: Point) -> bytes:
    """A point in 56 bytes: a quarter of an hour of a hundred applications is kept."""
    values = [figures for one in point.environments for figures in (_NOTHING if one is None else _numbers(one))]
    return _PACKED.pack(point.at, *values)


def unpacked(data: bytes) -> Point:
    at, *values = _PACKED.unpack(data)
    blue, green = _figures(values[:6]), _figures(values[6:])
    return Point(at, (blue, green))


def _numbers(figures: Figures) -> tuple[float, ...]:
    return tuple(math.nan if value is None else value for value in astuple(figures))


def _figures(values: list[float]) -> Figures | None:
    rps, errors, active, *quantiles = values
    if math.isnan(rps):
        return None
    p50, p95, p99 = (None if math.isnan(value) else value for value in quantiles)
    return Figures(rps, errors, int(active), p50, p95, p99)
