"""The router that drives Envoy."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import structlog

from bluegreen.core.errors import BluegreenError, PermanentError, TemporaryError
from bluegreen.core.model import Route, Traffic
from bluegreen.routers.base import Abilities, Backend, Confirmation, Routing, StaleEpoch
from bluegreen.routers.envoy import rules
from bluegreen.routers.envoy.admin import Admin
from bluegreen.routers.envoy.certificates import Certificates
from bluegreen.routers.envoy.fallbacks import Fallbacks
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.listeners import addresses
from bluegreen.routers.envoy.lock import WriterLock
from bluegreen.routers.envoy.part import Part
from bluegreen.routers.envoy.plane import Plane, public_routes
from bluegreen.routers.envoy.ports import check_free
from bluegreen.routers.envoy.proxy import Proxy
from bluegreen.routers.envoy.publisher import Rejected, Snapshot, Subscription, read_file, write
from bluegreen.routers.envoy.store import Store, route_of
from bluegreen.routers.envoy.switch import Before, Confirmer
from bluegreen.routers.envoy.traffic import read_traffic
from bluegreen.routers.envoy.upkeep import Upkeep
from bluegreen.system.process import ProcessRecord

log = structlog.get_logger(__name__)


class EnvoyRouter:
    """One Envoy for all applications of a home folder; see `bluegreen.routers.base.Router`."""

    abilities = Abilities()

    def __init__(self, home: Path) -> None:
        layout = Layout(home / "envoy")
        self._layout = layout
        self._writer = WriterLock(layout.lock)
        self._admin = Admin(layout.admin_socket)
        self._proxy = Proxy(layout, self._admin)
        self._plane = Plane(layout, self._admin)
        self._upkeep = Upkeep(self._plane)
        self._store = Store(layout)
        self._fallbacks = Fallbacks(layout)
        self._parts: dict[str, Part] = {}
        self._lock = asyncio.Lock()

    @property
    def process(self) -> ProcessRecord:
        """The Envoy process that is supervised. Raises RuntimeError before `start`."""
        if self._proxy.record is None:
            raise RuntimeError("the router was not started")
        return self._proxy.record

    async def start(self) -> None:
        """Find Envoy running, or start it with its last good state."""
        self._layout.create()
        self._writer.acquire()
        try:
            self._parts = self._store.load()
            self._take_certificates()
            if not self._proxy.find():
                self._plane.write_all(self._parts)
            await self._proxy.start()
            self._upkeep.start()
        except BaseException:
            await self.close()
            raise

    def _take_certificates(self) -> None:
        for app, part in list(self._parts.items()):
            try:
                self._plane.certificates.take(app, part.routing.tls, known=True)
            except PermanentError as error:
                # The others are served all the same.
                log.error("an application is left out", app=app, error=str(error))
                del self._parts[app]

    async def close(self) -> None:
        """Stop supervising. Envoy goes on."""
        await self._upkeep.close()
        await self._proxy.close()
        await self._admin.close()
        self._writer.release()

    async def prepare(self, routing: Routing) -> None:
        """Make everything but the route true."""
        async with self._lock:
            before = self._parts
            known = before.get(routing.app)
            part = Part(routing, known.route if known else None)
            others = [other for app, other in before.items() if app != routing.app]
            rules.check(part, others)
            await self._check_free(part)
            same_tls = known is not None and known.routing.tls == routing.tls
            certificates = self._plane.certificates.copy()
            certificates.take(routing.app, routing.tls, known=same_tls)
            await self._apply({**before, routing.app: part}, routing.app, certificates)
            self._store.save(routing)
        await self._plane.wait_healthy(_added(known, part))

    async def _apply(self, wanted: dict[str, Part], app: str, certificates: Certificates | None = None) -> None:
        good = self._plane.certificates
        self._plane.certificates = certificates or good
        try:
            await self._plane.apply(self._parts, wanted)
        except Rejected as error:
            self._plane.certificates = good
            await self._restore()
            raise _refused(app, error) from error
        self._parts = wanted
        self._fallbacks.refresh(wanted)

    async def _restore(self) -> None:
        try:
            await self._plane.apply(self._parts, self._parts)
        except (Rejected, BluegreenError) as error:
            log.error("the last good state could not be put back", error=str(error))

    async def _check_free(self, part: Part) -> None:
        held = await self._admin.listening()
        for address in addresses(part):
            if address not in held:
                check_free(part.app, address)

    async def set_route(self, app: str, route: Route, fallback: Route | None) -> Confirmation:
        """Move users in one atomic step, and read it back."""
        began = time.perf_counter()
        async with self._lock:
            part = self._part(app)
            previous = part.route
            if previous is not None and (
                route.epoch < previous.epoch or (route.epoch == previous.epoch and route != previous)
            ):
                raise StaleEpoch(app, route.epoch, previous.epoch)
            rules.check_route(part, route)
            await self._switch(part, route, fallback)
            took = time.perf_counter() - began
        return Confirmation(route, took, await self.traffic(app))

    async def _switch(self, part: Part, route: Route, fallback: Route | None) -> None:
        app, address = part.app, part.routing.address
        subscription = self._plane.routes_subscription(address)
        wanted = {**self._parts, app: replace(part, route=route)}
        content = public_routes(address, wanted)
        # Envoy answers while we write.
        before, laid = await asyncio.gather(
            self._look_before(part, route, subscription), self._lay(wanted, part, route, fallback, content)
        )
        if not self._fallbacks.move_into_place(part, route, content) and read_file(subscription.file) != content.data:
            write(subscription.file, content, sync=False)
        self._parts = wanted
        previous = part.route if part.route != route else None
        try:
            confirmer = Confirmer(self._admin, self._plane.publisher, subscription, before)
            await confirmer.confirm(address, content.version, app, previous)
        except Rejected as error:
            self._parts = {**wanted, app: part}
            await self._restore()
            raise _refused(app, error) from error
        self._fallbacks.discard(app, keep=laid)

    async def _look_before(self, part: Part, route: Route, subscription: Subscription) -> Before:
        log_at = self._plane.publisher.log_position()
        _, refused = await asyncio.gather(self._check_healthy(part, route), self._plane.publisher.refused(subscription))
        return Before(refused, log_at)

    async def _lay(
        self, wanted: Mapping[str, Part], part: Part, route: Route, fallback: Route | None, content: Snapshot
    ) -> Path | None:
        if fallback is None:
            return None
        try:
            return self._fallbacks.lay(wanted, part.app, fallback)
        except TemporaryError:
            # A way back that was laid ready is taken even when no further one fits on the disk.
            if self._fallbacks.is_laid(part, route, content):
                return None
            raise

    async def _check_healthy(self, part: Part, route: Route) -> None:
        dead = await self._plane.dead(part.backends[name] for name in part.routed(route))
        if dead:
            raise PermanentError(
                f"{part.app}: no instance of {', '.join(dead)} can be reached",
                why="the route would send users there; it was not moved",
                cure="look at the instances' logs, and deploy again",
            )

    async def route(self, app: str) -> Route | None:
        """The route in force, read from Envoy itself."""
        part = self._parts.get(app)
        if part is None:
            return None
        name = f"^{re.escape(part.routing.address)}$"
        configs = await self._admin.config("dynamic_route_configs", name)
        return route_of(app, [config.get("route_config", {}) for config in configs])

    async def traffic(self, app: str) -> Mapping[str, Traffic]:
        """Counters by backend name, read from Envoy now."""
        part = self._parts.get(app)
        return await read_traffic(self._admin, part.backends) if part else {}

    async def remove(self, app: str | None) -> None:
        """Forget an application, or shut Envoy down."""
        async with self._lock:
            if app is None:
                await self._proxy.stop()
                await self._admin.close()
                return
            if app in self._parts:
                await self._apply({name: part for name, part in self._parts.items() if name != app}, app)
            self._store.forget(app)

    def _part(self, app: str) -> Part:
        try:
            return self._parts[app]
        except KeyError:
            raise PermanentError(
                f"{app}: nothing is prepared for it", why="the router does not know it", cure="deploy it first"
            ) from None


def _added(known: Part | None, part: Part) -> list[Backend]:
    """What could be reached for the first time. What died since may not hold up the release that mends it."""
    before = known.backends if known else {}
    return [part.backends[name] for name in part.reached() if before.get(name) != part.backends[name]]


def _refused(app: str, error: Rejected) -> PermanentError:
    return PermanentError(
        f"{app}: Envoy refused its configuration",
        why=str(error),
        cure="nothing was changed for users; correct bluegreen.yaml accordingly and deploy again",
    )
