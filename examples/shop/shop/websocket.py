"""WebSocket (RFC 6455), the server's side: handshake, and messages of up to a mebibyte."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import struct

from shop.message import Request, head

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
MAX_MESSAGE = 1024 * 1024


class Closed(Exception):
    """The client closed the connection, or broke the protocol; ``code`` is the answer to it."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def accept(request: Request, headers: dict[str, str]) -> bytes:
    """The answer that makes the connection a WebSocket."""
    key = request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    digest = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    upgrade = {"upgrade": "websocket", "connection": "Upgrade", "sec-websocket-accept": digest}
    return head(101, {**upgrade, **headers})


def frame(opcode: int, payload: bytes) -> bytes:
    """One whole message of the server: final, not masked."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x80 | opcode, size) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x80 | opcode, 126, size) + payload
    return struct.pack("!BBQ", 0x80 | opcode, 127, size) + payload


async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[int, bytes]:
    """The next message, as opcode and payload; pings are answered on the way. Raises Closed."""
    kind, message = 0, b""
    while True:
        final, opcode, payload = await _read_frame(reader)
        if opcode == CLOSE:
            raise Closed(1000)
        if opcode == PING:
            writer.write(frame(PONG, payload))
        elif opcode != PONG:
            kind, message = kind or opcode, message + payload
            if len(message) > MAX_MESSAGE:
                raise Closed(1009)
            if final:
                return kind, message


async def _read_frame(reader: asyncio.StreamReader) -> tuple[bool, int, bytes]:
    first, second = await reader.readexactly(2)
    size = second & 0x7F
    if size == 126:
        (size,) = struct.unpack("!H", await reader.readexactly(2))
    elif size == 127:
        (size,) = struct.unpack("!Q", await reader.readexactly(8))
    if not second & 0x80:
        raise Closed(1002)  # What a client sends is masked.
    if size > MAX_MESSAGE:
        raise Closed(1009)
    mask = await reader.readexactly(4)
    return bool(first & 0x80), first & 0x0F, _unmask(await reader.readexactly(size), mask)


def _unmask(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    repeated = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(size, "big")
