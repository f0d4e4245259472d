"""The router that drives Envoy."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from pathlib import Path

import structlog

from bluegreen.core.errors import BluegreenError, PermanentError, TemporaryError
from bluegreen.core.model import Route, Traffic
from bluegreen.routers.base import Abilities, Backend, Confirmation, Measurement, Routing
from bluegreen.routers.envoy import rules
from bluegreen.routers.envoy.address import canonical
from bluegreen.routers.envoy.admin import Admin
from bluegreen.routers.envoy.certificates import Certificates
from bluegreen.routers.envoy.fallbacks import Fallbacks
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.listeners import addresses
from bluegreen.routers.envoy.measure import read_measurement
from bluegreen.routers.envoy.part import Part
from bluegreen.routers.envoy.plane import Plane
from bluegreen.routers.envoy.ports import check_free
from bluegreen.routers.envoy.proxy import Proxy
from bluegreen.routers.envoy.publisher import Rejected
from bluegreen.routers.envoy.snapshot import sync_files
from bluegreen.routers.envoy.store import Store, route_of
from bluegreen.routers.envoy.switch import Switch
from bluegreen.routers.envoy.traffic import read_traffic
from bluegreen.routers.envoy.upkeep import Upkeep
from bluegreen.routers.envoy.watches import check_watches, needed
from bluegreen.routers.lock import WriterLock
from bluegreen.routers.rules import check_epoch, check_paths
from bluegreen.system.process import ProcessRecord

log = structlog.get_logger(__name__)


class EnvoyRouter:
    """One Envoy for all applications of a home folder; see `bluegreen.routers.base.Router`."""

    abilities = Abilities()

    def __init__(self, home: Path) -> None:
        layout = Layout(home.absolute() / "envoy")
        self._layout = layout
        self._writer = WriterLock(layout.lock)
        self._admin = Admin(layout.admin_socket)
        self._proxy = Proxy(layout, self._admin)
        self._plane = Plane(layout, self._admin)
        self._upkeep = Upkeep(self._plane, lambda: self._parts.values())
        self._store = Store(layout)
        self._fallbacks = Fallbacks(layout)
        self._parts: dict[str, Part] = {}
        self._lock = asyncio.Lock()
        self._syncing: set[asyncio.Task[None]] = set()

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
            self._plane.keep_secret(self._parts)
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
        await asyncio.gather(*self._syncing)
        await self._upkeep.close()
        await self._proxy.close()
        await self._admin.close()
        self._writer.release()

    async def prepare(self, routing: Routing) -> None:
        """Make everything but the route true."""
        async with self._lock:
            known = self._parts.get(routing.app)
            part = Part(routing, known.route if known else None)
            wanted = {**self._parts, routing.app: part}
            await self._check(part, wanted)
            certificates = self._plane.certificates.copy()
            same_files = known is not None and known.routing.tls == routing.tls
            certificates.take(routing.app, routing.tls, known=same_files)
            await self._apply(wanted, routing.app, certificates)
        await self._plane.wait_healthy(_added(known, part))
        await self._upkeep.see(part)

    async def _check(self, part: Part, wanted: Mapping[str, Part]) -> None:
        rules.check(part, [other for other in wanted.values() if other.app != part.app])
        held = await self._admin.listening()
        for address in addresses(part):
            if canonical(address) not in held:
                check_free(part.app, address)
        # One to spare: the first application brings the file of the inside listeners with it.
        check_watches(part.app, max(0, needed(wanted.values()) - needed(self._parts.values())) + 1)

    async def _apply(self, wanted: dict[str, Part], app: str, certificates: Certificates | None = None) -> None:
        good = self._plane.certificates
        self._plane.certificates = certificates or good
        try:
            await self._plane.extend(self._parts, wanted)
            # Before anything is taken out: a controller that dies here must still be able to go back.
            self._store.keep(app, wanted.get(app))
        except Rejected as error:
            self._plane.certificates = good
            await self._restore()
            raise _refused(app, error) from error
        except TemporaryError:
            self._plane.certificates = good
            raise
        self._parts = wanted
        self._fallbacks.refresh(wanted)
        await self._plane.trim(wanted)

    async def _restore(self) -> None:
        try:
            await self._plane.extend(self._parts, self._parts)
            await self._plane.trim(self._parts)
        except (Rejected, BluegreenError) as error:
            log.error("the last good state could not be put back", error=str(error))

    async def set_route(self, app: str, route: Route, fallback: Route | None) -> Confirmation:
        """Move users in one atomic step, and read it back."""
        began = time.perf_counter()
        async with self._lock:
            part = self._part(app)
            check_epoch(app, part.route, route)
            check_paths(part.routing, route)
            switch = Switch(self._plane, self._fallbacks, self._parts, app, route)
            await self._switch(switch, fallback)
            took = time.perf_counter() - began
            self._sync(switch.tidy())
        return Confirmation(route, took, await self.traffic(app))

    async def _switch(self, switch: Switch, fallback: Route | None) -> None:
        await switch.lay(fallback)
        switch.move()
        before, self._parts = self._parts, switch.wanted
        try:
            await switch.confirm()
        except Rejected as error:
            self._parts = before
            await self._restore()
            raise _refused(switch.app, error) from error

    def _sync(self, files: list[Path]) -> None:
        """Make them survive a power cut: not before the switch, which it would slow down."""
        task = asyncio.create_task(asyncio.to_thread(sync_files, files))
        self._syncing.add(task)
        task.add_done_callback(self._syncing.discard)

    async def route(self, app: str) -> Route | None:
        """The route in force, read from Envoy itself."""
        part = self._parts.get(app)
        if part is None or part.routing.address is None:
            return None
        name = f"^{re.escape(part.routing.address)}$"
        configs = await self._admin.config("dynamic_route_configs", name)
        return route_of(app, [config.get("route_config", {}) for config in configs])

    async def traffic(self, app: str) -> Mapping[str, Traffic]:
        """Counters by backend name, read from Envoy now."""
        part = self._parts.get(app)
        return await read_traffic(self._admin, part.backends) if part else {}

    async def measure(self) -> Measurement:
        """Counters and times of every backend, read from Envoy now; times may be a second older."""
        return await read_measurement(self._admin, [name for part in self._parts.values() for name in part.backends])

    async def remove(self, app: str | None) -> None:
        """Forget an application, or shut Envoy down."""
        async with self._lock:
            if app is None:
                await self._proxy.stop()
                await self._admin.close()
                return
            removed = self._parts.get(app)
            if removed is not None:
                await self._apply({name: part for name, part in self._parts.items() if name != app}, app)
                await self._plane.wait_closed(set(addresses(removed)) - self._addresses())

    def _addresses(self) -> set[str]:
        return {address for part in self._parts.values() for address in addresses(part)}

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
