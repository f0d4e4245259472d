"""A client of a flag server: 1,000 evaluations a second on a constant schedule, over kept connections.

``python -m bench.flags_load PORT KEY RATE SECONDS`` prints JSON: the milliseconds of each, from when it was due. A
process of its own, so that it takes no time from the server but the machine's.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections import deque
from collections.abc import Callable

CONNECTIONS = 8
BODY = b'{"context":{"targetingKey":"user-%d","email":"ada@example.com","plan":"pro"}}'


class Connection(asyncio.Protocol):
    """One kept connection: a request at a time. Plain callbacks: the client shall cost less than the server."""

    def __init__(self, key: str, port: int) -> None:
        self._head = (
            f"POST /ofrep/v1/evaluate/flags/{key} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self._buffer = b""
        self._answered: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def evaluate(self, user: int, answered: Callable[[], None]) -> None:
        body = BODY % user
        self._answered = answered
        self._transport.write(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]) if end else 0
        if end and len(rest) >= length:
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(self._buffer.decode(errors="replace"))
            self._buffer, answered = b"", self._answered
            assert answered is not None
            answered()


async def connected(port: int, key: str) -> Connection:
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(lambda: Connection(key, port), "127.0.0.1", port)
    return connection


async def measure(port: int, key: str, rate: float, seconds: float) -> list[float]:
    """Open loop: what is due while every connection is waiting waits as well, and its time runs."""
    idle = [await connected(port, key) for _ in range(CONNECTIONS)]
    waiting: deque[float] = deque()
    took: list[float] = []
    total, over = int(rate * seconds), asyncio.get_running_loop().create_future()

    def begin(connection: Connection, due: float) -> None:
        def answered() -> None:
            took.append((time.perf_counter() - due) * 1000)
            if waiting:
                begin(connection, waiting.popleft())
            else:
                idle.append(connection)
            if len(took) == total:
                over.set_result(None)

        connection.evaluate(len(took) % 1000, answered)

    began = time.perf_counter() + 0.2
    for n in range(total):
        due = began + n / rate
        # No sleep: it wakes up to a millisecond late, which would be counted as the server's.
        while time.perf_counter() < due:
            await asyncio.sleep(0)
        if idle:
            begin(idle.pop(), due)
        else:
            waiting.append(due)
    await over
    return took


async def closed(port: int, key: str, count: int) -> list[float]:
    """One after the other on one connection: what a request costs with nobody else there."""
    connection = await connected(port, key)
    took = []
    for n in range(count):
        over = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        connection.evaluate(n % 1000, lambda over=over: over.set_result(None))
        await over
        took.append((time.perf_counter() - began) * 1000)
    return took


if __name__ == "__main__":
    gc.disable()
    port, key, rate, amount = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
    print(json.dumps(asyncio.run(measure(port, key, rate, amount) if rate else closed(port, key, int(amount)))))
