"""An engine over back ends in memory whose API is really served on a unix socket, and streams read from it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from bluegreen.api.access import through_socket
from bluegreen.api.app import make_app
from bluegreen.api.server import Server
from tests.engine.harness import Controller, Machine


@dataclass(frozen=True)
class Sent:
    """One server-sent event; ``name`` is empty for a comment."""

    name: str
    id: int | None
    data: Any


@dataclass(frozen=True)
class Streaming:
    """A controller with two releases, and a client of its API."""

    controller: Controller
    client: httpx2.AsyncClient
    machine: Machine

    @contextlib.asynccontextmanager
    async def stream(
        self, path: str, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[Callable[[], Awaitable[Sent]]]:
        """What gives the next event of a stream; StopAsyncIteration when it has ended."""
        accept = {"Accept": "text/event-stream", **(headers or {})}
        async with self.client.stream("GET", path, headers=accept) as response:
            assert response.status_code == 200, await response.aread()
            assert response.headers["content-type"].startswith("text/event-stream")
            events = _events(response)
            yield events.__anext__


async def _events(response: httpx2.Response) -> AsyncIterator[Sent]:
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            id = int(fields["id"]) if "id" in fields else None
            yield Sent(fields.get("event", ""), id, json.loads(fields["data"]) if "data" in fields else None)
            fields = {}


@contextlib.asynccontextmanager
async def listening(controller: Controller, machine: Machine) -> AsyncIterator[Streaming]:
    """The API of a controller, served as the daemon does."""
    path = machine.home / "a.sock"
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()
        server = Server(through_socket(make_app(controller.engine, machine.home, lambda everything: None)))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        transport = httpx2.AsyncHTTPTransport(uds=str(path))
        async with httpx2.AsyncClient(transport=transport, base_url="http://controller", timeout=60) as client:
            yield Streaming(controller, client, machine)
        controller.engine.live.close()
        server.should_exit = server.force_exit = True
        await serving


async def at_rest(controller: Controller) -> None:
    """Wait until nothing is written down any more."""
    seq = 0
    while controller.state.seq != seq:
        seq = controller.state.seq
        await asyncio.sleep(0.5)


def streamed(home: Path, look: Callable[[Streaming], Awaitable[None]]) -> None:
    """Run a test against a served engine with two releases."""

    async def life() -> None:
        machine = Machine(home)
        controller = await machine.controller()
        await controller.live()
        await controller.live()
        await at_rest(controller)
        async with listening(controller, machine) as found:
            await look(found)
        await controller.engine.close()
        machine.check()

    asyncio.run(life())
