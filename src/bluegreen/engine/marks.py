"""The moments at which an application's route moved, and what for: what charts are marked with."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bluegreen.core import events as e
from bluegreen.core.model import Color, Kind
from bluegreen.engine.application import CONTROLLER

KEPT = 200

Move = Literal["first", "switch", "shift", "rollback", "failover"]


@dataclass(frozen=True)
class Mark:
    """One confirmed move of users."""

    at: float
    """Seconds since 1970."""
    epoch: int
    kind: Move
    shares: Mapping[Color, int]
    deployment: int | None

    def as_json(self) -> dict[str, Any]:
        return {
            "at": self.at,
            "epoch": self.epoch,
            "kind": self.kind,
            "shares": {str(color): self.shares.get(color, 0) for color in Color},
            "deployment": self.deployment,
        }


class Marks:
    """Those of one application, from its entries in order."""

    def __init__(self) -> None:
        self._marks: deque[Mark] = deque(maxlen=KEPT)
        self._shares: Mapping[Color, int] = {}
        self._back: dict[int, Move] = {}
        """Deployments that lead users back, and which way; the newest ones."""

    def take(self, entries: Sequence[e.Entry]) -> None:
        for entry in entries:
            match entry.event:
                case e.DeploymentRequested(deployment=number, what=Kind.ROLLBACK):
                    self._leads_back(number, "failover" if entry.actor == CONTROLLER else "rollback")
                case e.RollbackStarted(deployment=number):
                    self._leads_back(number, "rollback")
                case e.RouteConfirmed(deployment=number) as event:
                    self._moved(entry, event, number)
                case e.RouteObserved() as event:
                    self._moved(entry, event, None)

    def since(self, at: float) -> list[Mark]:
        """Oldest first."""
        return [mark for mark in self._marks if mark.at >= at]

    def _leads_back(self, number: int, move: Move) -> None:
        self._back[number] = move
        while len(self._back) > KEPT:
            del self._back[next(iter(self._back))]

    def _moved(self, entry: e.Entry, event: e.RouteConfirmed | e.RouteObserved, number: int | None) -> None:
        shares = {color: share for color, share in event.shares.items() if share}
        before, self._shares = self._shares, shares
        if not shares or shares == before:
            return
        move: Move = "shift" if len(shares) > 1 else "switch"
        if not before:
            move = "first"
        elif number is not None:
            move = self._back.get(number, move)
        self._marks.append(Mark(entry.at, event.epoch, move, shares, number))
