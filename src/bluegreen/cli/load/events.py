"""A watched stream of server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from bluegreen.cli.load.answer import ChunkDecoder
from bluegreen.cli.load.stream import Stream


class EventStream(Stream):
    """Events numbered from 0 by their ``id``."""

    def request(self) -> bytes:
        return (
            f"GET {self._path} HTTP/1.1\r\nhost: {self._plan.authority}\r\naccept: text/event-stream\r\n\r\n"
        ).encode()

    def accepts(self, status: int, headers: dict[bytes, bytes]) -> bool:
        return status == 200 and headers.get(b"content-type", b"").startswith(b"text/event-stream")

    async def numbers(
        self, headers: dict[bytes, bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> AsyncIterator[int]:
        chunks = ChunkDecoder() if headers.get(b"transfer-encoding", b"").lower() == b"chunked" else None
        text = bytearray()
        while data := await self._read(reader):
            if chunks is None:
                ended, text = False, text + data
            else:
                ended = chunks.feed(data)
                text, chunks.body = text + chunks.body, bytearray()
            while (end := text.find(b"\n\n")) >= 0:
                event, text = bytes(text[:end]), text[end + 2 :]
                for line in event.split(b"\n"):
                    if line.startswith(b"id:"):
                        yield int(line[3:])
            if ended:
                return

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        # Not wait_for: before Python 3.12 it may swallow a cancellation.
        async with asyncio.timeout(self._plan.timeout):
            return await reader.read(65536)
