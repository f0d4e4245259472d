"""The listeners beside the unix socket: loopback for this machine's people, and TLS for everybody else."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import h11
import structlog

from bluegreen.access.access import Access
from bluegreen.api.audit import Audited
from bluegreen.api.bounds import listen_at, most_connections
from bluegreen.api.certificates import Certificates
from bluegreen.api.security import HEADERS, LOOPBACK_NAMES, Guarded
from bluegreen.api.server import BoundedProtocol, Server
from bluegreen.core.errors import BluegreenError
from bluegreen.core.settings import Settings
from bluegreen.system.ports import find_holder

log = structlog.get_logger()

App = Any
TRY_AGAIN_AFTER = 10.0
RENEW_EVERY = 10.0
"""Seconds between two looks at the certificate's files."""
KEEP_ALIVE = 30
"""Seconds for which a silent connection is kept."""


class Listeners:
    """What serves the API over TCP. A listener that cannot be had is tried again, and says why meanwhile."""

    def __init__(self, app: App, access: Access, settings: Settings, dashboard: Callable[[], int]) -> None:
        # The trail stands before the guard: what that refuses is in it as it was answered.
        loopback = Audited(Guarded(app, access, LOOPBACK_NAMES), access)
        self._loopback = _Listener(loopback, "The dashboard is not served")
        self._dashboard = dashboard
        self._settings = settings
        names = None
        if settings.tls is None:  # behind a proxy, which names the host that people ask for
            names = LOOPBACK_NAMES | ({urlsplit(settings.url).hostname or ""} if settings.url else set())
        self._public = _Listener(Audited(Guarded(app, access, names), access), f"{settings.listen} is not served")

    def warnings(self) -> list[str]:
        """What a person should know."""
        return [*self._loopback.warnings(), *self._public.warnings()]

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve inside of the block."""
        tasks = [asyncio.create_task(self._loopback.serve(self._loopback_place), name="dashboard")]
        if self._settings.listen is not None:
            tasks.append(asyncio.create_task(self._public.serve(self._public_place), name="listener"))
        try:
            yield
        finally:
            for listener, task in zip((self._loopback, self._public), tasks, strict=False):
                if not listener.stop():
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _loopback_place(self) -> Place:
        return Place("127.0.0.1", self._dashboard())

    def _public_place(self) -> Place:
        assert self._settings.listen is not None
        host, _, port = self._settings.listen.rpartition(":")
        tls = Certificates(self._settings.tls) if self._settings.tls is not None else None
        # One address alone does not take every place that others need.
        return Place(host.strip("[]"), int(port), tls, each=max(1, most_connections() * 3 // 4))


@dataclass(frozen=True)
class Place:
    """Where a listener is, and how many connections (None: any that fit) it takes from one address."""

    host: str
    port: int
    certificates: Certificates | None = None
    each: int | None = None


class PublicProtocol(BoundedProtocol):
    """The listener's socket bounds how many connections there are. What is no HTTP gets a hardened answer as well."""

    MOST = 10_000

    def send_400_response(self, msg: str) -> None:
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *HEADERS]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=msg.encode()), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class _Listener:
    """One address."""

    def __init__(self, app: App, trouble: str) -> None:
        self._app = app
        self._what = trouble
        self._why = ""
        self._certificates: Certificates | None = None
        self._server: Server | None = None

    def warnings(self) -> list[str]:
        found = [f"{self._what}: {self._why}"] if self._why else []
        renewal = self._certificates.trouble if self._certificates is not None else ""
        return [*found, *([renewal] if renewal else [])]

    def stop(self) -> bool:
        """Let it end by itself; False when it does not serve."""
        if self._server is None or not self._server.started:
            return False
        self._server.should_exit = self._server.force_exit = True
        return True

    async def serve(self, place: Callable[[], Place]) -> None:
        """Serve for ever; whatever is in the way now may be gone later."""
        while True:
            try:
                await self._serve(await asyncio.to_thread(place))
                return
            except (BluegreenError, OSError, ValueError) as error:
                why = str(error)
            except Exception as error:
                log.exception("a listener broke")
                why = f"{type(error).__name__}; the controller's log tells more"
            if why != self._why:
                self._why = why
                log.warning("a listener is not served", what=self._what, why=why)
            await asyncio.sleep(TRY_AGAIN_AFTER)

    async def _serve(self, place: Place) -> None:
        try:
            listener = listen_at(place.host, place.port, each=place.each)
        except OSError as error:
            holder = await asyncio.to_thread(find_holder, place.host, place.port)
            held = f", which {holder or 'another program'} holds" if holder or error.errno == 98 else ""
            raise OSError(f"{error.strerror or error} (port {place.port}{held})") from error
        self._certificates = place.certificates
        context = place.certificates.context if place.certificates is not None else None
        self._server = Server(self._app, keep_alive=KEEP_ALIVE, protocol=PublicProtocol, tls=context)
        renewing = asyncio.create_task(self._renew(), name="certificate")
        try:
            with listener:
                self._why = ""
                await self._server.serve(sockets=[listener])
        finally:
            renewing.cancel()
            self._server = None

    async def _renew(self) -> None:
        while self._certificates is not None:
            await asyncio.sleep(RENEW_EVERY)
            before = self._certificates.trouble
            if await asyncio.to_thread(self._certificates.renew):
                log.info("the certificate was renewed")
            elif self._certificates.trouble and not before:
                log.warning("the certificate was not renewed", why=self._certificates.trouble)
