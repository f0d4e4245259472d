"""The router that drives a HAProxy of the user's, by its runtime API alone: it is never reloaded by us."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Route, Traffic
from bluegreen.core.router_specs import Abilities, Haproxy
from bluegreen.routers.base import Backend, Confirmation, Measured, Measurement, Routing
from bluegreen.routers.haproxy.entries import read_route, read_run, route_value
from bluegreen.routers.haproxy.files import Files
from bluegreen.routers.haproxy.filling import Filling
from bluegreen.routers.haproxy.names import backend_of_run
from bluegreen.routers.haproxy.proxy import Proxy
from bluegreen.routers.haproxy.socket import StatsSocket
from bluegreen.routers.haproxy.tables import BackendRow
from bluegreen.routers.haproxy.upkeep import Upkeep
from bluegreen.routers.lock import WriterLock
from bluegreen.routers.reach import unreachable
from bluegreen.routers.rules import check_move, check_routing


class HaproxyRouter:
    """One HAProxy for all applications that name the same socket; see `bluegreen.routers.base.Router`."""

    def __init__(self, home: Path, spec: Haproxy) -> None:
        self.abilities: Abilities = spec.abilities
        self._files = Files(Path(spec.folder))
        self._proxy = Proxy(StatsSocket(spec.socket), self._files.map)
        self._writer = WriterLock(self._files.lock)
        self._filling = Filling(self._proxy, self._files)
        self._upkeep = Upkeep(self.mend)
        self._routings: dict[str, Routing] = {}
        self._lock = asyncio.Lock()
        self._syncing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Take the writer's lock of its folder, and see that HAProxy answers and has the map."""
        self._take_lock()
        try:
            await self._proxy.entries()
        except BaseException:
            self._writer.release()
            raise
        self._upkeep.start()

    def _take_lock(self) -> None:
        try:
            self._writer.acquire()
        except OSError as error:
            raise PermanentError(
                f"{self._files.lock} cannot be written.",
                why=f"{error.strerror}.",
                cure="Make its folder, and make it this user's: `bluegreen router init haproxy` says how.",
            ) from error

    async def close(self) -> None:
        """Stop looking after it. HAProxy goes on."""
        await self._upkeep.close()
        await asyncio.gather(*self._syncing)
        self._writer.release()

    async def prepare(self, routing: Routing) -> None:
        """Fill the servers of its backends, and wait for HAProxy's own checks of those that are new."""
        async with self._lock:
            entries, rows, pid = await self._proxy.look()
            check_routing(routing, self._routings.values(), read_route(entries.get(routing.app)))
            await self._filling.fill(routing, entries, rows, pid)
            self._routings[routing.app] = routing
        named = {name for paths in routing.paths.values() for name in paths.prefixes.values()}
        await self._filling.wait_checked([backend for backend in routing.backends if backend.name in named])

    async def set_route(self, app: str, route: Route, fallback: Route | None) -> Confirmation:
        """Write the map's file, set its entry, and read that back."""
        began = time.perf_counter()
        async with self._lock:
            written = self._files.entries()
            entries, rows, pid = await self._proxy.look()
            has = _newer(read_route(entries.get(app)), read_route(written.get(app)), route)
            routing = check_move(app, self._routings.get(app), has, route)
            await self._check_health(routing, route, rows)
            wanted = {**written, app: route_value(route)}
            if fallback is not None:
                self._lay(app, {**written, app: route_value(fallback)}, wanted)
            # First the file: whoever reloads HAProxy from here on gets the new route as well.
            self._files.switch(app, wanted)
            await self._proxy.put(app, route_value(route), entries)
            await self._confirm(app, route)
            took = time.perf_counter() - began
            self._sync(app, fallback)
        return Confirmation(route, took, _traffic(routing, entries, rows, pid))

    def _lay(self, app: str, back: Mapping[str, str], wanted: Mapping[str, str]) -> None:
        try:
            self._files.lay(app, back)
        except TemporaryError:
            # A way back that lies ready is taken even when no further one fits on the disk.
            if not self._files.is_laid(app, wanted):
                raise

    async def _check_health(self, routing: Routing, route: Route, rows: Mapping[str, BackendRow]) -> None:
        named = {
            name
            for color, share in route.shares.items()
            if share > 0
            for name in routing.paths[color].prefixes.values()
        }
        wanted = [backend for backend in routing.backends if backend.name in named]
        ill = {b.name for b in wanted if not rows.get(backend_of_run(b.name), BackendRow()).healthy}
        if dead := sorted(ill | set(await unreachable(wanted))):
            raise PermanentError(
                f"{routing.app}: no instance of {', '.join(dead)} can be reached",
                why="the route would send users there; it was not moved",
                cure="look at the instances' logs, and deploy again",
            )

    async def _confirm(self, app: str, route: Route) -> None:
        found = read_route((await self._proxy.entries()).get(app))
        if found != route:
            raise TemporaryError(
                f"{app}: HAProxy does not have the route that it was told",
                why=f"its map says {found}, not {route}; perhaps it was reloaded just now",
                cure="it is tried again",
            )

    def _sync(self, app: str, fallback: Route | None) -> None:
        if fallback is not None:
            self._files.discard(app, fallback.epoch)
        task = asyncio.create_task(asyncio.to_thread(self._files.sync))
        self._syncing.add(task)
        task.add_done_callback(self._syncing.discard)

    async def mend(self) -> None:
        """Make true again what somebody's reload, a restart or an edit has undone."""
        async with self._lock:
            if not self._routings:
                return
            entries, rows, pid = await self._proxy.look()
            written = self._files.entries()
            for app, routing in self._routings.items():
                wanted, has = read_route(written.get(app)), read_route(entries.get(app))
                if wanted is not None and (has is None or has.epoch < wanted.epoch):
                    await self._proxy.put(app, route_value(wanted), entries)
                await self._filling.fill(routing, entries, rows, pid)

    async def route(self, app: str) -> Route | None:
        """The route in force, as HAProxy's map has it."""
        return read_route((await self._proxy.entries()).get(app))

    async def traffic(self, app: str) -> Mapping[str, Traffic]:
        """Counters by backend name, read from HAProxy now."""
        routing = self._routings.get(app)
        return _traffic(routing, *await self._proxy.look()) if routing else {}

    async def measure(self) -> Measurement:
        """Counters of every backend; HAProxy keeps no times that could be compared."""
        at = time.monotonic()
        look = await self._proxy.look()
        found = {name: t for routing in self._routings.values() for name, t in _traffic(routing, *look).items()}
        return Measurement(at, {name: Measured(traffic, {}) for name, traffic in found.items()})

    async def remove(self, app: str | None) -> None:
        """Take an application's servers and entries out, or those of all; HAProxy itself is the user's and goes on."""
        for name in list(self._routings) if app is None else [app]:
            async with self._lock:
                await self._filling.empty(name)
                self._routings.pop(name, None)


def _newer(has: Route | None, written: Route | None, wanted: Route) -> Route | None:
    """The route that counts: what is in force, or what the file has had since (a switch that was cut off, say)."""
    if written is not None and written.epoch > wanted.epoch and (has is None or written.epoch > has.epoch):
        return written
    return has


def _traffic(
    routing: Routing, entries: Mapping[str, str], rows: Mapping[str, BackendRow], pid: str
) -> Mapping[str, Traffic]:
    return {backend.name: _of_backend(backend, entries, rows, pid) for backend in routing.backends}


def _of_backend(backend: Backend, entries: Mapping[str, str], rows: Mapping[str, BackendRow], pid: str) -> Traffic:
    name = backend_of_run(backend.name)
    row, run = rows.get(name, BackendRow()), read_run(entries.get(name))
    if run is None or run.name != backend.name:
        raise TemporaryError(
            f"HAProxy does not have {backend.name}.",
            why="It was restarted or reloaded without the state of its servers.",
            cure="It is told again within a second.",
        )
    counts = row.counts.since(run.before) if run.process == pid else row.counts
    return Traffic(
        requests=counts.requests,
        failed=counts.failed,
        active=row.active,
        healthy=row.healthy,
        answered=counts.answered,
    )
