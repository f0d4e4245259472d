"""A tiny real HTTP/1.1 server for router tests: it says who it is and what it was asked."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Upstream:
    """One instance. ``requests`` holds ``METHOD path`` of each request, in order."""

    name: str
    address: str = ""
    requests: list[str] = field(default_factory=list)
    ready: threading.Event = field(default_factory=threading.Event)
    killed: asyncio.Event = field(default_factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop | None = None

    def die(self) -> None:
        """Reset every connection and take no more, as if it had been killed."""
        assert self.loop is not None
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.killed.set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while True:
                await self._answer(reader, writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in head[1:]) if k}
        body = await _read_body(reader, headers)
        self.requests.append(f"{method} {path}")
        if path.startswith("/sse"):
            await self._stream(writer)
        if path.startswith("/wait/"):
            await asyncio.sleep(int(path.rpartition("/")[2]) / 1000)
        if path.startswith("/reset"):
            writer.transport.abort()
            return
        if path.startswith("/cut"):
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf")
            await writer.drain()
            writer.transport.abort()
            return
        status = "500 Oops" if path.startswith("/fail") else "200 OK"
        content = {"name": self.name, "method": method, "path": path, "headers": headers, "body": len(body)}
        text = json.dumps(content).encode()
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(text)}\r\n\r\n".encode() + text)
        await writer.drain()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        while True:
            writer.write(f"data: {self.name}\n\n".encode())
            await writer.drain()
            await asyncio.sleep(0.01)


async def _read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        return await reader.readexactly(int(headers.get("content-length", 0)))
    chunks = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        chunks.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(chunks)


@contextmanager
def upstream(name: str, port: int = 0) -> Iterator[Upstream]:
    """Run one in a thread of its own."""
    it = Upstream(name)
    thread = threading.Thread(target=asyncio.run, args=(_run(it, port),), daemon=True)
    thread.start()
    it.ready.wait()
    try:
        yield it
    finally:
        it.die()
        thread.join()


async def _run(it: Upstream, port: int) -> None:
    connections: set[asyncio.StreamWriter] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        with contextlib.suppress(asyncio.CancelledError):
            await it.serve(reader, writer)
        connections.discard(writer)

    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=1024)
    it.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    it.loop = asyncio.get_running_loop()
    it.ready.set()
    await it.killed.wait()
    server.close()
    for writer in connections:
        writer.transport.abort()
