"""Streams that are watched: opened, counted message by message, and opened again when they are cut."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

from bluegreen.cli.load.answer import Broken, parse_head
from bluegreen.cli.load.plan import Plan
from bluegreen.cli.load.result import StreamResult

PAUSE = 0.1
"""Seconds before a stream that ended is opened again."""
EXAMPLES = 5


class Stream(ABC):
    """One stream. Subclasses say how it is opened and how its messages are read."""

    def __init__(self, plan: Plan, path: str) -> None:
        self._plan, self._path = plan, path
        self._opened = self._messages = self._gaps = self._cuts = self._refused = 0
        self._longest = 0.0
        self._served: list[str] = []
        self._examples: list[str] = []
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch())

    async def stop(self) -> StreamResult:
        """Close it from our side, which is not a cut."""
        assert self._task is not None
        if self._task.done():
            self._task.result()
        self._task.cancel()
        await asyncio.wait({self._task})
        return StreamResult(
            path=self._path,
            opened=self._opened,
            messages=self._messages,
            gaps=self._gaps,
            cuts=self._cuts,
            refused=self._refused,
            longest=round(self._longest, 3),
            served=tuple(self._served),
            examples=tuple(self._examples),
        )

    @abstractmethod
    def request(self) -> bytes:
        """The request that opens it."""

    @abstractmethod
    def accepts(self, status: int, headers: dict[bytes, bytes]) -> bool:
        """Whether this answer opens it."""

    @abstractmethod
    def numbers(
        self, headers: dict[bytes, bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> AsyncIterator[int]:
        """The number of each message. Ends, or raises OSError, EOFError or Broken, when the stream is cut."""

    async def _watch(self) -> None:
        while True:
            await self._watch_once()
            await asyncio.sleep(PAUSE)

    async def _watch_once(self) -> None:
        writer: asyncio.StreamWriter | None = None
        try:
            async with asyncio.timeout(self._plan.timeout):
                reader, writer = await asyncio.open_connection(*self._plan.address)
                writer.write(self.request())
                status, headers = parse_head((await reader.readuntil(b"\r\n\r\n"))[:-4])
            if not self.accepts(status, headers):
                raise Broken(f"status {status}", "the stream was not opened")
        except (OSError, EOFError, Broken) as error:
            self._refused += 1
            self._note(f"not opened: {error!r}")
        else:
            await self._count(headers, reader, writer)
        finally:
            if writer is not None:
                writer.close()

    async def _count(
        self, headers: dict[bytes, bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        loop = asyncio.get_running_loop()
        began, expected = loop.time(), 0
        self._opened += 1
        self._served.append(headers.get(b"x-release", b"").decode("latin-1"))
        why = "it ended"
        try:
            async for number in self.numbers(headers, reader, writer):
                self._messages += 1
                if number != expected:
                    self._gaps += 1
                    self._note(f"message {number} instead of {expected}")
                expected = number + 1
                if self._plan.stream_seconds is not None and loop.time() - began >= self._plan.stream_seconds:
                    return
        except (OSError, EOFError, Broken) as error:
            why = repr(error)
        finally:
            self._longest = max(self._longest, loop.time() - began)
        self._cuts += 1
        self._note(f"cut after {expected} messages: {why}")

    def _note(self, example: str) -> None:
        if len(self._examples) < EXAMPLES:
            self._examples.append(example)
