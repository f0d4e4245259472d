"""What the tests of the Envoy router share: a router over a home, a shop with two environments, and a client."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.ports import free_port

from bluegreen.core.model import Color
from bluegreen.routers.base import Backend, Paths, Routing
from bluegreen.routers.envoy.router import EnvoyRouter

BLUE = {Color.BLUE: 100}
GREEN = {Color.GREEN: 100}


def free_address() -> str:
    return f"127.0.0.1:{free_port()}"


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[EnvoyRouter]:
    """A started router; its Envoy ends with it."""
    router = EnvoyRouter(home)
    await router.start()
    try:
        yield router
    finally:
        await router.remove(None)
        await router.close()


def shop(blue: str, green: str, app: str = "shop", **more: Any) -> Routing:
    """Blue with release 1 and green with release 2, one instance each."""
    backends = (
        Backend(f"{app}/blue/1/web", (blue,), Color.BLUE, 1),
        Backend(f"{app}/green/2/web", (green,), Color.GREEN, 2),
    )
    paths = {Color.BLUE: Paths({"/": f"{app}/blue/1/web"}), Color.GREEN: Paths({"/": f"{app}/green/2/web"})}
    return Routing(**{"app": app, "address": free_address(), "backends": backends, "paths": paths, **more})


async def eventually(condition: Callable[[], Awaitable[bool]], within: float = 10.0) -> None:
    """Wait until this holds."""
    deadline = time.monotonic() + within
    while not await condition():
        assert time.monotonic() < deadline, "it never held"
        await asyncio.sleep(0.01)


async def refuses(address: str) -> bool:
    """Whether nobody listens there."""
    host, _, port = address.rpartition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return True
    writer.close()
    return False


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Connection:
    """One keep-alive connection that never tries anything again."""

    address: str
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def request(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        if self.streams is None:
            host, _, port = self.address.rpartition(":")
            self.streams = await asyncio.open_connection(host, int(port))
        reader, writer = self.streams
        fields = {"host": "shop.example.com", "content-length": str(len(body)), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
        return await read_answer(reader)

    def close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = b"" if "transfer-encoding" in headers else await reader.readexactly(int(headers.get("content-length", 0)))
    return Answer(int(first.split()[1]), headers, body)


async def ask(address: str, path: str = "/", method: str = "GET", **headers: str) -> Answer:
    """One request over a new connection."""
    connection = Connection(address)
    try:
        return await connection.request(method, path, headers)
    finally:
        connection.close()


@dataclass
class Load:
    """Constant load by several connections, some of them new for each request; every failure counts."""

    address: str
    answers: list[tuple[float, str]] = field(default_factory=list)
    """When each answer came and who gave it."""
    posts: bool = True
    failures: list[str] = field(default_factory=list)
    stop: bool = False
    task: asyncio.Task[None] | None = None

    async def run(self, connections: int = 8) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(connections):
                tasks.create_task(self._repeat(number))

    async def _repeat(self, number: int) -> None:
        connection = Connection(self.address)
        while not self.stop:
            method, body = ("POST", b"x" * 2000) if self.posts and number % 3 == 0 else ("GET", b"")
            try:
                answer = await connection.request(method, "/load", body=body)
                if answer.status != 200 or answer.json["body"] != len(body):
                    self.failures.append(f"{method} {answer.status} {answer.body!r}")
                else:
                    self.answers.append((time.monotonic(), answer.json["name"]))
            except (OSError, EOFError) as error:
                self.failures.append(f"{method} {error!r}")
                connection.close()
            if number % 4 == 0:
                connection.close()
            await asyncio.sleep(0)
        connection.close()

    async def end(self) -> None:
        """Stop, and wait for what is under way."""
        self.stop = True
        if self.task is not None:
            await self.task

    async def flow(self, count: int = 50) -> None:
        """Wait until so many further answers have come."""
        target = len(self.answers) + count

        async def reached() -> bool:
            return len(self.answers) >= target or bool(self.failures)

        await eventually(reached)


@asynccontextmanager
async def load(address: str, *, posts: bool = True) -> AsyncIterator[Load]:
    it = Load(address, posts=posts)
    it.task = asyncio.create_task(it.run())
    try:
        yield it
    finally:
        await it.end()
