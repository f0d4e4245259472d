"""The collector as the check sees it: a child process that takes copies and reports."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

from bluegreen.checks.shadow.messages import Orders, Report
from bluegreen.core.output import beginning, printable

SILENCE = 10.0
"""Seconds without a report after which it counts as lost."""
_TAIL = 2000


class CollectorLost(Exception):
    """It ended by itself, or says nothing any more; why, for people."""


class CollectorProcess:
    """One collector; see `collecting`."""

    def __init__(self, child: asyncio.subprocess.Process) -> None:
        self._child = child
        self._errors = asyncio.create_task(self._read_errors())

    @property
    def pid(self) -> int:
        return self._child.pid

    async def order(self, line: bytes) -> None:
        """Tell it something. One that is gone is noticed when it does not report."""
        assert self._child.stdin is not None
        with contextlib.suppress(ConnectionError):
            self._child.stdin.write(line)
            await self._child.stdin.drain()

    async def report(self, within: float | None = None) -> Report:
        """Its next report, `SILENCE` seconds away at most. Raises CollectorLost."""
        assert self._child.stdout is not None
        within = SILENCE if within is None else within
        try:
            async with asyncio.timeout(within):
                line = await self._child.stdout.readline()
        except TimeoutError:
            raise CollectorLost(f"the collector has said nothing for {within:g} s") from None
        if not line:
            raise CollectorLost(f"the collector ended by itself{await self._last_words()}")
        try:
            return Report.decode(line)
        except (ValueError, KeyError, TypeError) as error:
            raise CollectorLost(f"the collector reports nonsense: {error}") from None

    async def finish(self, within: float) -> Report:
        """Let it come to its end; its last report. Raises CollectorLost."""
        await self.order(b"end\n")
        last = await self.report(within)
        while True:
            try:
                last = await self.report(within)
            except CollectorLost:
                if await self._child.wait() != 0:
                    raise
                return last

    async def kill(self) -> None:
        """End it, whatever it does."""
        with contextlib.suppress(ProcessLookupError):
            self._child.kill()
        await self._child.wait()
        self._errors.cancel()
        await asyncio.gather(self._errors, return_exceptions=True)

    async def _read_errors(self) -> str:
        assert self._child.stderr is not None
        tail = b""
        while data := await self._child.stderr.read(4096):
            tail = (tail + data)[-_TAIL:]
        return tail.decode("utf-8", "replace")

    async def _last_words(self) -> str:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                lines = printable(await asyncio.shield(self._errors)).strip().splitlines()
                return f": {beginning(lines[-1], 300)}" if lines else ""
        return ""


@contextlib.asynccontextmanager
async def collecting(orders: Orders) -> AsyncIterator[CollectorProcess]:
    """A collector with its orders, for as long as this is entered. Raises OSError when it cannot be started."""
    child = await asyncio.create_subprocess_exec(
        # -P: what lies in the folder that the controller was started in is no module of ours.
        sys.executable,
        "-P",
        "-m",
        "bluegreen.checks.shadow",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        limit=1 << 20,
    )
    collector = CollectorProcess(child)
    try:
        await collector.order(orders.encode())
        yield collector
    finally:
        await asyncio.shield(asyncio.create_task(collector.kill()))
