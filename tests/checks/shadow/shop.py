"""A live and an idle environment of real servers, and a stream of copies as the proxy would send them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field

from bluegreen.checks.base import Reach, Target
from bluegreen.core.spec import ShadowCheck
from tests.checks.serving import Respond, Server, serving

SECRET = "hunter2-hunter2"


@dataclass
class Stream:
    """Copies of requests for some paths, one after the other, as long as they are wanted."""

    paths: tuple[str, ...] | None = ("/item",)
    """None: those that the check names."""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    pause: float = 0.02
    sent: int = 0
    asked_for: list[ShadowCheck] = field(default_factory=list)
    ended: bool = False

    @contextlib.asynccontextmanager
    async def copies(self, address: str, check: ShadowCheck) -> AsyncIterator[None]:
        self.asked_for.append(check)
        task = asyncio.create_task(self._send(address, check.paths if self.paths is None else self.paths))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self.ended = True

    async def _send(self, address: str, paths: tuple[str, ...]) -> None:
        host, _, port = address.rpartition(":")
        for path in itertools.cycle(paths):
            with contextlib.suppress(OSError, EOFError):
                reader, writer = await asyncio.open_connection(host, int(port))
                while True:
                    writer.write(self._request(path))
                    await reader.readuntil(b"\r\n\r\n")
                    self.sent += 1
                    await asyncio.sleep(self.pause)
                    if len(paths) > 1:
                        break
                writer.close()
            await asyncio.sleep(self.pause)

    def _request(self, path: str) -> bytes:
        fields = {"host": "shop.example.com", "content-length": str(len(self.body)), **self.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"{self.method} {path} HTTP/1.1\r\n{head}\r\n".encode() + self.body


@dataclass
class Both:
    live: Server
    idle: Server

    def target(self, stream: Stream) -> Target:
        live = Reach("r1", {"/": (_address(self.live),)})
        idle = Reach("r2", {"/": (_address(self.idle),)})
        return Target("http://127.0.0.1:1", None, "/", {}, (SECRET,), "shop", idle, live, stream.copies)


@contextlib.contextmanager
def both(live: Mapping[str, Respond], idle: Mapping[str, Respond]) -> Iterator[Both]:
    with serving(**live) as one, serving(**idle) as other:
        yield Both(one, other)


def _address(server: Server) -> str:
    return f"127.0.0.1:{server.server_address[1]}"
