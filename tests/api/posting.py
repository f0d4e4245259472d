"""An engine with two releases whose API is served as the controller does, and requests to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from bluegreen.api.access import through_socket
from bluegreen.api.app import make_app
from bluegreen.api.reporting import receiving
from bluegreen.core.model import Color
from bluegreen.engine.event_tokens import Run
from bluegreen.engine.instances import EVENTS_PORT
from tests.e2e.controller import free_port
from tests.engine.harness import APP, Controller, Machine

PURCHASE = {"events": [{"name": "purchase"}]}


@dataclass(frozen=True)
class Served:
    """``loopback``: the address for applications; ``steering``: the whole API, as on the unix socket."""

    controller: Controller
    loopback: httpx2.AsyncClient
    steering: httpx2.AsyncClient
    port: int

    def run(self, color: Color) -> Run:
        environment = self.controller.state.environments[color]
        assert environment.release is not None
        return Run(APP, color, environment.release, environment.generation)

    def token(self, color: Color) -> str:
        return self.run(color).token(self.controller.engine.services.store)

    @property
    def live(self) -> Color:
        assert self.controller.state.live is not None
        return self.controller.state.live

    def totals(self, color: Color) -> dict[str, int]:
        run = self.run(color)
        return dict(self.controller.engine.services.business_events.totals(APP, run.color, run.generation))

    async def post(self, body: Any, token: str | None = None, *, app: str = APP) -> httpx2.Response:
        """Report a batch at the loopback address, by default as the live release."""
        headers = {"Authorization": f"Bearer {token or self.token(self.live)}"}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.loopback.post(f"/v1/apps/{app}/events", content=content, headers=headers)


def served(
    home: Path, look: Callable[[Served], Awaitable[None]], *, before: Callable[[int], None] | None = None
) -> None:
    """Run a test against a served engine; ``before`` is told the port before it is listened to."""

    async def life() -> None:
        machine = Machine(home)
        port = machine._ports[EVENTS_PORT] = free_port()
        controller = await machine.controller()
        await controller.live()
        await controller.live()
        if before is not None:
            before(port)
        async with _serving(controller, port) as found:
            await look(found)
        await controller.engine.close()

    asyncio.run(life())


@contextlib.asynccontextmanager
async def _serving(controller: Controller, port: int) -> AsyncIterator[Served]:
    app = through_socket(make_app(controller.engine, controller.machine.home, lambda everything: None))
    async with (
        receiving(controller.engine),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as loopback,
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://controller") as steering,
    ):
        if not controller.engine.services.business_events.trouble:
            await listening(port)
        yield Served(controller, loopback, steering, port)


async def listening(port: int) -> None:
    """Wait until the loopback address accepts connections."""
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.01)
