"""What was seen of an application lately that its state does not hold."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from bluegreen.core import events as e

SWITCHES = 9
"""Confirmed moves of users that the usual time is taken from."""


@dataclass(frozen=True)
class Probed:
    """How the standby answered when it was asked last."""

    at: float
    """Seconds since 1970."""
    healthy: bool
    took: float
    """Seconds until every answer was there."""


class Recent:
    """One application's."""

    def __init__(self) -> None:
        self._took: deque[float] = deque(maxlen=SWITCHES)
        self.probed: Probed | None = None
        """None while nobody looks: then it is not asked."""

    def take(self, entries: Sequence[e.Entry]) -> None:
        """New entries, in order."""
        self._took.extend(x.event.took for x in entries if isinstance(x.event, e.RouteConfirmed) and x.event.shares)

    @property
    def about(self) -> float | None:
        """Seconds that moving users usually takes, from the decision to the confirmation; None when it is not known."""
        return round(median(self._took), 4) if self._took else None

    def rollback_json(self) -> dict[str, Any]:
        """What `status` says of going back, beside what it leads to."""
        return {"about": self.about, "probed": asdict(self.probed) if self.probed else None}
