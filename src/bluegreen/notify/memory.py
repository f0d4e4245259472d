"""A channel that keeps what it is sent: for tests, and to look at what would be told."""

from __future__ import annotations

from bluegreen.core.errors import TemporaryError
from bluegreen.notify.base import Message


class MemoryChannel:
    """Keeps messages in memory; refuses them while it is ``down``."""

    kind = "memory"

    def __init__(self, channel: object = None) -> None:
        self.target = "memory"
        self.sent: list[Message] = []
        self.down = False

    async def open(self) -> None:
        """See `bluegreen.notify.base.Channel`."""

    async def send(self, message: Message) -> str:
        """See `bluegreen.notify.base.Channel`."""
        if self.down:
            raise TemporaryError("It is down.", retry_after=0.0)
        self.sent.append(message)
        return "kept"
