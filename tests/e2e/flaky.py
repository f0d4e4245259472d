"""A component that turns bad while it runs: the file named by $FAULTS says, for each release, which share of its
answers fail or say something else than they should, and how long each takes. Standard library only: its port is the
first argument."""

import asyncio
import json
import os
import random
import sys
import time

RELEASE = os.environ["BLUEGREEN_RELEASE"]
NAMES = f"x-release: {RELEASE}\r\nx-color: {os.environ['BLUEGREEN_COLOR']}\r\ncontent-length: 2\r\n\r\n"
JSON = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{NAMES}".encode().replace(b": 2", b": 11")
SAID, GARBLED = JSON + b'{"ok":true}', JSON + b"I would say"
GOOD = f"HTTP/1.1 200 OK\r\n{NAMES}ok".encode()
BAD = f"HTTP/1.1 500 Internal Server Error\r\n{NAMES}no".encode()
LOOK_EVERY = 0.05


class Faults:
    """What the file says now: ``{"r2": {"errors": 0.05, "seconds": 0.01}, "*": {...}}``."""

    def __init__(self) -> None:
        self._looked = 0.0
        self._errors, self._seconds, self._garbled = 0.0, 0.0, 0.0

    def look(self) -> tuple[float, float, float]:
        now = time.monotonic()
        if now - self._looked > LOOK_EVERY:
            self._looked = now
            try:
                with open(os.environ["FAULTS"], encoding="utf-8") as file:
                    faults = json.load(file)
            except (OSError, ValueError):
                faults = {}
            own = faults.get("*", {}) | faults.get(RELEASE, {})
            self._errors, self._seconds = own.get("errors", 0.0), own.get("seconds", 0.0)
            self._garbled = own.get("garbled", 0.0)
        return self._errors, self._seconds, self._garbled


FAULTS = Faults()


class Server(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            errors, seconds, garbled = FAULTS.look()
            if head.startswith(b"GET /healthz"):  # says what the process is like, not what its answers are like
                errors = float(errors >= 1)
            answer = BAD if random.random() < errors else GOOD
            if head.startswith(b"GET /v1/"):
                answer = GARBLED if random.random() < garbled else SAID
            if seconds:
                taking = seconds * random.lognormvariate(0.0, 0.5)
                asyncio.get_running_loop().call_later(taking, self.write, answer)
            else:
                self.write(answer)

    def write(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Server, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(serve())
