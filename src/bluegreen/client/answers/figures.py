"""Traffic, errors and latencies over time."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from bluegreen.client.answers.words import Color


class EnvironmentFigures(TypedDict):
    """Requests and errors a second, requests under way, and latencies in milliseconds."""

    rps: float
    errors: float
    active: int
    p50: float | None
    p95: float | None
    p99: float | None


class Figures(TypedDict):
    at: float
    environments: dict[Color, EnvironmentFigures | None]


class Mark(TypedDict):
    at: float
    epoch: int
    kind: Literal["switch", "rollback", "shift", "failover", "first"]
    shares: dict[Color, int]
    deployment: int | None


class FiguresSince(TypedDict):
    points: list[Figures]
    marks: list[Mark]
