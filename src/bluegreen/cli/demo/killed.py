"""The end of a controller in the middle of a deployment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Killed:
    pid: int
    phase: str
    away_seconds: float
    """How long there was none."""
    requests: int
    """What the load got answered meanwhile."""
