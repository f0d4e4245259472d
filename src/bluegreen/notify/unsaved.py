"""What the outbox could not write: as good as written while the controller lives, and bounded."""

from __future__ import annotations

from collections.abc import Iterable

from bluegreen.notify.delivery import Delivery, State

MOST = 1000


class Unsaved:
    """Deliveries and cursors that are newer here than in the file."""

    def __init__(self) -> None:
        self.deliveries: dict[str, Delivery] = {}
        self.cursors: dict[str, int] = {}
        self.lost = 0
        """How many there was no room for."""

    def __bool__(self) -> bool:
        return bool(self.deliveries or self.cursors)

    def take(self, deliveries: Iterable[Delivery], cursors: dict[str, int]) -> None:
        """Keep them; where there are too many, the newest of those that wait."""
        self.cursors |= cursors
        for delivery in deliveries:
            self.deliveries[delivery.id] = delivery
        while len(self.deliveries) > MOST:
            over = (d.id for d in self.deliveries.values() if d.state is not State.WAITING)
            del self.deliveries[next(over, next(iter(self.deliveries)))]
            self.lost += 1

    def due(self, channel: str, now: float) -> list[Delivery]:
        return [d for d in self.of(channel) if d.state is State.WAITING and d.due <= now]

    def of(self, channel: str) -> list[Delivery]:
        return [d for d in self.deliveries.values() if d.channel == channel]

    def clear(self) -> None:
        self.deliveries.clear()
        self.cursors.clear()
