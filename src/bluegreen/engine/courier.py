"""Takes one channel's messages there, one after the other: what one channel does never holds another one up."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable

import structlog

from bluegreen.core.errors import BluegreenError, PermanentError, TemporaryError
from bluegreen.notify.base import Channel, Gone
from bluegreen.notify.delivery import Delivery, State
from bluegreen.notify.outbox import Outbox

log = structlog.get_logger()

ATTEMPT_WITHIN = 60.0
"""Seconds after which an attempt is over, whatever the channel says of itself."""
LONGEST_PAUSE = 60.0
BETWEEN = 0.05
"""Seconds between two messages: what waited for a receiver that is there again must not take the processor away."""
AFTER_A_FAILURE = 1.0
"""Seconds without an attempt after one that failed: where one message is not taken, the next one hardly is."""


class Courier:
    """One channel with what waits for it in the outbox."""

    def __init__(self, name: str, channel: Channel, outbox: Outbox, clock: Callable[[], float]) -> None:
        self.name = name
        self.channel = channel
        self._outbox = outbox
        self._clock = clock
        self.news = asyncio.Event()
        """Set when something was put into the outbox."""
        self.broken: PermanentError | None = None
        """Why nothing arrives here, as the newest attempt has shown; where the receiver is `Gone`, nothing is sent any
        more until a test arrives, or the controller starts again."""

    async def run(self) -> None:
        """Deliver what is due, for ever."""
        try:
            await self.channel.open()
        except PermanentError as error:
            self.broken = error
        except Exception:
            log.exception("a channel could not be made ready", channel=self.name)
        while True:
            self.news.clear()
            try:
                delivery = await self._outbox.next(self.name, self._clock())
                if delivery is not None:
                    tried = await self.attempt(delivery)
                    await self._outbox.put([tried])
                    await asyncio.sleep(BETWEEN if tried.state is State.DELIVERED else AFTER_A_FAILURE)
                    continue
                pause = await self._pause()
            except Exception:
                log.exception("a message could not be handled", channel=self.name)
                pause = LONGEST_PAUSE
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self.news.wait()

    async def _pause(self) -> float:
        due = await self._outbox.next_due(self.name)
        return LONGEST_PAUSE if due is None else min(max(0.0, due - self._clock()), LONGEST_PAUSE)

    async def attempt(self, delivery: Delivery, *, anyhow: bool = False) -> Delivery:
        """Send it once; what has become of it. ``anyhow``: also to a receiver that asked not to be sent anything."""
        try:
            if isinstance(self.broken, Gone) and not anyhow:
                raise self.broken
            async with asyncio.timeout(ATTEMPT_WITHIN):
                answer = await self.channel.send(delivery.message(self._clock()))
        except Exception as raised:
            error = _classified(raised)
            self.broken = error if isinstance(error, PermanentError) else self.broken
            log.warning("a message did not arrive", channel=self.name, id=delivery.id, why=error.what)
            return delivery.refused(self._clock(), error, random.random())  # noqa: S311 - spreads attempts
        self.broken = None
        return delivery.delivered(self._clock(), answer)


def _classified(raised: Exception) -> BluegreenError:
    if isinstance(raised, TemporaryError | PermanentError):
        return raised
    if isinstance(raised, TimeoutError):
        return TemporaryError(f"No answer within {ATTEMPT_WITHIN:g} s.")
    # Without its words, which may name an address.
    return TemporaryError(f"The channel failed: {type(raised).__name__}.")
