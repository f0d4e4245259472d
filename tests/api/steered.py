"""A controller's API as it is served over TCP, with everything that stands before it, and requests to it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from bluegreen.access.access import Access
from bluegreen.api.access import through_socket
from bluegreen.api.app import make_app
from bluegreen.api.audit import Audited
from bluegreen.api.sessions import DASHBOARD_PORT
from bluegreen.api.tcp import Listeners
from bluegreen.core.settings import Settings
from tests.api.posting import listening
from tests.e2e.controller import free_port
from tests.engine.harness import Controller, Machine

Json = dict[str, Any]


class Clock:
    """Both clocks of a controller, put forward by hand."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@dataclass
class Steered:
    """``owner``: requests as on the unix socket; ``tcp``: requests to the loopback listener, without a credential."""

    controller: Controller
    access: Access
    owner: httpx2.AsyncClient
    tcp: httpx2.AsyncClient
    port: int
    clock: Clock
    listeners: Listeners
    headers: Mapping[str, str] = field(default_factory=dict)

    async def token(self, role: str = "admin", app: str | None = None, name: str = "ada", **more: Any) -> Json:
        answer = await self.owner.post(
            "/v1/tokens", json={"name": name, "grants": [{"role": role, "app": app}], **more}
        )
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    async def ask(self, method: str, path: str, credential: str | None = None, **more: Any) -> httpx2.Response:
        headers = {
            **more.pop("headers", {}),
            **({"Authorization": f"Bearer {credential}".encode()} if credential else {}),
        }
        return await self.tcp.request(method, path, headers=headers, **more)

    async def trail(self, **filters: Any) -> list[Json]:
        answer = await self.owner.get("/v1/audit", params=filters)
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["audit"]
        return found

    async def raw(self, request: bytes, *, whole: bool = True) -> bytes:
        """What is answered to these bytes, until the connection is closed; with ``whole`` false, a first part."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            async with asyncio.timeout(20):
                with contextlib.suppress(ConnectionResetError):
                    return await (reader.read() if whole else reader.read(65536))
            return b""
        finally:
            writer.close()


Look = Callable[[Steered], Awaitable[None]]


def steered(home: Path, look: Look, settings: Settings | None = None) -> None:
    """Run a test against a controller with one live application, `shop`."""

    async def life() -> None:
        machine = Machine(home)
        port = machine._ports[DASHBOARD_PORT] = free_port()
        controller = await machine.controller()
        await controller.live()
        async with _serving(controller, port, settings or Settings()) as found:
            await look(found)
        await controller.engine.close()

    asyncio.run(life())


@contextlib.asynccontextmanager
async def _serving(controller: Controller, port: int, settings: Settings) -> AsyncIterator[Steered]:
    clock = Clock()
    access = Access(controller.machine.home, settings.oidc, clock=clock, monotonic=clock)
    await access.open()
    app = make_app(controller.engine, controller.machine.home, lambda everything: None, access)
    listeners = Listeners(app, access, settings, lambda: port)
    app.state.warnings.append(listeners.warnings)
    transport = httpx2.ASGITransport(through_socket(Audited(app, access)))
    try:
        async with (
            listeners.serving(),
            httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as tcp,
            httpx2.AsyncClient(transport=transport, base_url="http://controller") as owner,
        ):
            owner.headers["X-Bluegreen-Actor"] = "owner@here"
            await listening(port)
            yield Steered(controller, access, owner, tcp, port, clock, listeners)
    finally:
        await access.close()
