"""One measurement of everything at a time, for everyone who waits for one: the router is never asked twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import structlog

from bluegreen.core.errors import BluegreenError
from bluegreen.routers.base import Measurement, Router

log = structlog.get_logger()

EVERY = 1.0
"""Seconds between measurements while a release is watched."""
AT_REST = 10.0
"""Seconds between measurements while none is."""
WITHIN = 3.0
"""Seconds that a measurement may take."""


class Pulse:
    """Measures each second while somebody follows, and every ten seconds else."""

    def __init__(self, router: Router, *listeners: Callable[[Measurement], None]) -> None:
        self._router = router
        self.listeners = list(listeners)
        """Told of each measurement that came about, before those who wait for it."""
        self._following = 0
        self._quickened = asyncio.Event()
        self._beat = asyncio.Condition()
        self._count = 0
        self._latest: Measurement | str = "nothing has been measured yet"
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="pulse")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @contextlib.contextmanager
    def followed(self) -> Iterator[None]:
        """As long as this is open, there is a measurement each second."""
        self._following += 1
        self._quickened.set()
        try:
            yield
        finally:
            self._following -= 1

    async def next(self) -> Measurement | str:
        """The next measurement; a text when there is none: why."""
        count = self._count
        async with self._beat:
            await self._beat.wait_for(lambda: self._count > count)
        return self._latest

    async def now(self) -> Measurement | str:
        """A measurement of this moment; a text when there is none: why."""
        try:
            async with asyncio.timeout(WITHIN):
                return await self._router.measure()
        except TimeoutError:
            return f"the proxy did not answer within {WITHIN:g} s"
        except BluegreenError as error:
            return error.what
        except Exception as error:
            log.exception("measuring failed")
            return f"it cannot be measured: {error}"

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            self._latest = await self.now()
            if isinstance(self._latest, Measurement):
                self._tell(self._latest)
            self._count += 1
            async with self._beat:
                self._beat.notify_all()
            await self._pause(began + (EVERY if self._following else AT_REST))

    def _tell(self, measurement: Measurement) -> None:
        for listener in self.listeners:
            try:
                listener(measurement)
            except Exception:
                log.exception("a measurement could not be taken in")

    async def _pause(self, until: float) -> None:
        """Until then, or until the first one follows."""
        loop = asyncio.get_running_loop()
        self._quickened.clear()
        while (left := until - loop.time()) > 0:
            if self._following:
                await asyncio.sleep(min(left, EVERY))
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._quickened.wait()
                    return
