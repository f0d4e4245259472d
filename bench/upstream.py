"""The upstream of the benchmarks: answers with its name, and knows when each request reached it.

Standard library only and in one file, so that anything can run it as an application: its port is ``--port``, its
name what ``--name`` says, else ``$BLUEGREEN_RELEASE`` and ``$BLUEGREEN_COLOR``.

GET answers a fixed body, POST the body that was sent, ``/events`` numbered server-sent events, ``/ws`` is a WebSocket
that echoes. ``/healthz`` and ``/-/arrivals?after=NS`` are not counted as arrivals; the latter tells how many requests
arrived after that reading of CLOCK_MONOTONIC in nanoseconds, and when the last one did.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import os
import signal
import struct
import time
from array import array
from bisect import bisect_right

BODY = b"x" * 64
arrivals = array("q")


class Upstream(asyncio.Protocol):
    """One connection."""

    def __init__(self, headers: bytes) -> None:
        self._headers = headers
        self._get = b"HTTP/1.1 200 OK\r\n%bcontent-length: %d\r\n\r\n%b" % (headers, len(BODY), BODY)
        self._buffer = b""
        self._is_socket = False
        self._events: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self._events is not None:
            self._events.cancel()

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        self._buffer = self._buffer + data if self._buffer else data
        while self._buffer:
            used = self._echo_frame() if self._is_socket else self._answer(now)
            if not used:
                return
            self._buffer = self._buffer[used:]

    def _answer(self, now: int) -> int:
        """Answer the request at the front of the buffer; returns its length, 0 while it is not whole."""
        end = self._buffer.find(b"\r\n\r\n") + 4
        if end < 4:
            return 0
        head = self._buffer[:end]
        method, path, _ = head.split(b" ", 2)
        if method == b"GET" and path not in ROUTES and not path.startswith(b"/-/"):
            arrivals.append(now)
            self._transport.write(self._get)
            return end
        if method == b"POST":
            return self._echo_body(head, end, now)
        if path.startswith(b"/-/"):
            self._send(json.dumps(arrived(int(path.partition(b"after=")[2] or 0))).encode())
        elif path == b"/healthz":
            self._send(b"ok")
        elif path == b"/events":
            arrivals.append(now)
            self._events = asyncio.get_running_loop().create_task(self._send_events())
        else:
            arrivals.append(now)
            self._accept(head)
        return end

    def _echo_body(self, head: bytes, end: int, now: int) -> int:
        length = int(header(head, b"content-length") or 0)
        if len(self._buffer) < end + length:
            return 0
        arrivals.append(now)
        self._send(self._buffer[end : end + length])
        return end + length

    def _send(self, body: bytes) -> None:
        self._transport.write(b"HTTP/1.1 200 OK\r\n%bcontent-length: %d\r\n\r\n%b" % (self._headers, len(body), body))

    async def _send_events(self) -> None:
        head = b"HTTP/1.1 200 OK\r\n%bcontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        self._transport.write(head % self._headers)
        number = 0
        while not self._transport.is_closing():
            event = b"id: %d\ndata: tick\n\n" % number
            self._transport.write(b"%x\r\n%b\r\n" % (len(event), event))
            number += 1
            await asyncio.sleep(0.05)

    def _accept(self, head: bytes) -> None:
        key = header(head, b"sec-websocket-key") + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key).digest())
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\n%bupgrade: websocket\r\nconnection: Upgrade\r\n"
            b"sec-websocket-accept: %b\r\n\r\n" % (self._headers, accept)
        )
        self._is_socket = True

    def _echo_frame(self) -> int:
        """Send the frame at the front of the buffer back; returns its length, 0 while it is not whole."""
        if len(self._buffer) < 4:
            return 0
        opcode, size, at = self._buffer[0] & 15, self._buffer[1] & 127, 2
        if size == 126:
            (size,), at = struct.unpack_from("!H", self._buffer, 2), 4
        end = at + 4 + size
        if len(self._buffer) < end:
            return 0
        mask, masked = self._buffer[at : at + 4], self._buffer[at + 4 : end]
        payload = bytes(byte ^ mask[index & 3] for index, byte in enumerate(masked))
        length = bytes([size]) if size < 126 else struct.pack("!BH", 126, size)
        self._transport.write(bytes([128 | (10 if opcode == 9 else opcode)]) + length + payload)
        if opcode == 8:
            self._transport.close()
        return end


ROUTES = (b"/healthz", b"/events", b"/ws")


def header(head: bytes, name: bytes) -> bytes:
    """The value of a header, empty without it."""
    at = head.lower().find(b"\r\n" + name + b":")
    return head[at + len(name) + 3 : head.find(b"\r\n", at + 2)].strip() if at >= 0 else b""


def arrived(after: int) -> dict[str, int]:
    """Requests that arrived after that time, and when the last one did (0: none did)."""
    count = len(arrivals) - bisect_right(arrivals, after)
    return {"count": count, "last": arrivals[-1] if count else 0, "total": len(arrivals)}


async def serve(port: int, headers: bytes) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(lambda: Upstream(headers), "127.0.0.1", port, backlog=1024)
    await stop.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--name")
    options = parser.parse_args()
    release = options.name or os.environ.get("BLUEGREEN_RELEASE", "dev")
    color = options.name or os.environ.get("BLUEGREEN_COLOR", "none")
    asyncio.run(serve(options.port, f"x-release: {release}\r\nx-color: {color}\r\n".encode()))


if __name__ == "__main__":
    main()
