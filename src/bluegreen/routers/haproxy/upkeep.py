"""Looks each second whether HAProxy still has what it was told: anybody may reload, restart or edit it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bluegreen.core.errors import BluegreenError

log = structlog.get_logger(__name__)

EVERY = 1.0
"""Seconds."""


class Upkeep:
    """Runs beside the router from `start` to `close`."""

    def __init__(self, mend: Callable[[], Awaitable[None]]) -> None:
        self._mend = mend
        self._task: asyncio.Task[None] | None = None
        self._trouble = ""

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="upkeep of HAProxy")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self._mend()
                trouble = ""
            except BluegreenError as error:
                trouble = str(error)
            except Exception:
                log.exception("looking after HAProxy failed")
                continue
            if trouble and trouble != self._trouble:  # said once, not each second
                log.warning("HAProxy does not have what it should", error=trouble)
            self._trouble = trouble
