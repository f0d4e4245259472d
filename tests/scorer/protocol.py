"""Speaks as Envoy does to whoever scores samples: the messages of ext_proc, over gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import grpc

from bluegreen.scorer.messages import BACKEND, METHOD


def varint(value: int) -> bytes:
    out = bytearray()
    while True:
        value, low = value >> 7, value & 0x7F
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


def field(number: int, value: bytes | int) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def headers(number: int, pairs: dict[str, str], *, ended: bool = False) -> bytes:
    """Headers of the request (2) or of the answer (3)."""
    each = b"".join(field(1, field(1, name.encode()) + field(3, value.encode())) for name, value in pairs.items())
    return field(number, field(1, each) + (field(3, 1) if ended else b"")) + field(10, 1)


def request(path: str, method: str = "GET") -> bytes:
    return headers(2, {":method": method, ":path": path, ":authority": "shop.example.com"}, ended=True)


def answer(status: int = 200, kind: str = "application/json", **more: str) -> bytes:
    return headers(3, {":status": str(status), "content-type": kind, **more})


def piece(data: bytes, *, ended: bool = False) -> bytes:
    return field(5, (field(1, data) if data else b"") + (field(2, 1) if ended else b"")) + field(8, b"") + field(10, 1)


def whole(body: bytes, path: str = "/v1/chat", *, status: int = 200, kind: str = "application/json") -> list[bytes]:
    """One answer, as Envoy shows it: its end comes by itself."""
    return [request(path), answer(status, kind), piece(body), piece(b"", ended=True)]


class Shower:
    """Shows samples to a socket."""

    def __init__(self, socket: Path) -> None:
        self._channel = grpc.aio.insecure_channel(f"unix:{socket}")
        self._call = self._channel.stream_stream(METHOD)

    async def show(self, backend: str, messages: Iterable[bytes], *, breaks: bool = False, after: float = 1.0) -> None:
        """One sample, until the other end needs no more of it.

        ``breaks``: Envoy hangs up without an end, after so many seconds: what is on the way would be lost.
        """
        call = self._call(metadata=((BACKEND, backend),))
        try:
            for message in messages:
                await call.write(message)
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError):  # it has seen enough
            return
        if breaks:
            await asyncio.sleep(after)
            call.cancel()
            return
        async for _ in _answers(call):
            raise AssertionError("a sampler answers nothing")

    async def close(self) -> None:
        await self._channel.close()


async def _answers(call: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for message in call:
        yield message
