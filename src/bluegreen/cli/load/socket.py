"""A watched WebSocket."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator

from bluegreen.cli.load.answer import Broken
from bluegreen.cli.load.frames import CLOSE, PING, PONG, TEXT, encode_frame, read_frame
from bluegreen.cli.load.stream import Stream

EVERY = 0.1
"""Seconds between two messages."""


class SocketStream(Stream):
    """Sends numbered messages and expects each one back."""

    def request(self) -> bytes:
        key = base64.b64encode(os.urandom(16)).decode()
        return (
            f"GET {self._path} HTTP/1.1\r\nhost: {self._plan.authority}\r\nupgrade: websocket\r\n"
            f"connection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: {key}\r\n\r\n"
        ).encode()

    def accepts(self, status: int, headers: dict[bytes, bytes]) -> bool:
        return status == 101

    async def numbers(
        self, headers: dict[bytes, bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> AsyncIterator[int]:
        number = 0
        while True:
            writer.write(encode_frame(TEXT, str(number).encode(), os.urandom(4)))
            async with asyncio.timeout(self._plan.timeout):
                received = int(await self._receive(reader, writer))
            yield received
            number += 1
            await asyncio.sleep(EVERY)

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        while True:
            opcode, payload = await read_frame(reader)
            if opcode == CLOSE:
                raise Broken("closed", f"closed by the server with {int.from_bytes(payload[:2], 'big')}")
            if opcode == PING:
                writer.write(encode_frame(PONG, payload, os.urandom(4)))
            else:
                return payload
