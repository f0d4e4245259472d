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


@dataclass(frozen=True)
class _Under:
    """A deployment that was begun last."""

    deployment: int
    release: int
    built: float | None = None
    """When its folder was complete; seconds since 1970."""


class Recent:
    """One application's."""

    def __init__(self) -> None:
        self._took: deque[float] = deque(maxlen=SWITCHES)
        self._under: _Under | None = None
        self._starts: dict[int, float] = {}
        self.probed: Probed | None = None
        """None before anybody has looked: it is asked for those who do."""

    def take(self, entries: Sequence[e.Entry]) -> None:
        """New entries, in order."""
        for entry in entries:
            match entry.event:
                case e.RouteConfirmed(shares=shares, took=took) if shares:
                    self._took.append(took)
                case e.DeploymentRequested(deployment=number, release=release):
                    self._under = _Under(number, release)
                case e.Built(deployment=number) if self._under and self._under.deployment == number:
                    self._under = _Under(number, self._under.release, entry.at)
                case e.Verified(deployment=number) if self._under and self._under.deployment == number:
                    if self._under.built is not None:
                        self._starts[self._under.release] = max(0.0, entry.at - self._under.built)
                case e.ReleaseRemoved(release):
                    self._starts.pop(release, None)

    @property
    def about(self) -> float | None:
        """Seconds that moving users usually takes, from the decision to the confirmation; None when it is not known."""
        return round(median(self._took), 4) if self._took else None

    def seconds(self, release: int, *, instant: bool) -> float | None:
        """How long a rollback to a release would take now; None: that was never measured.

        Where it is not warm, that is what its last start took besides (models, hooks and checks included); its folder
        is there.
        """
        start = 0.0 if instant else self._starts.get(release)
        return None if self.about is None or start is None else round(start + self.about, 4)

    def rollback_json(self, release: int, *, instant: bool) -> dict[str, Any]:
        """What `status` says of going back, beside what it leads to."""
        probed = asdict(self.probed) if self.probed else None
        return {"about": self.about, "seconds": self.seconds(release, instant=instant), "probed": probed}
