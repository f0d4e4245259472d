"""The router that moves users by DNS: signed dynamic updates of one name, read back from every authoritative server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

import structlog

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Color, Route, Traffic
from bluegreen.core.router_specs import USERS_ONLY, Abilities, Dns
from bluegreen.routers.base import Backend, Confirmation, Measurement, Routing, StaleEpoch
from bluegreen.routers.dns.key import read_key
from bluegreen.routers.dns.leaving import Leavers
from bluegreen.routers.dns.library import dnspython
from bluegreen.routers.dns.query import ask, ask_all
from bluegreen.routers.dns.told import Told, addresses_of
from bluegreen.routers.dns.update import Outdated, update
from bluegreen.routers.reach import reachable, unreachable
from bluegreen.routers.rules import check_move, check_routing

SPREAD_WITHIN = 3.0
"""Seconds for which a switch waits until the other servers answer anew as well. They need not: what lags is named."""

POLL = 0.05

log = structlog.get_logger(__name__)


class DnsRouter:
    """A name of its own for each application; see `bluegreen.routers.base.Router`.

    A route is confirmed when the primary has carried it out and answers so; it compares epochs itself, by the
    prerequisites of the update. Servers that lag, and resolvers, go on sending users to the environment before: that
    is held (`Traffic.held_until`) until the largest TTL seen has run out after all servers answer anew.
    """

    def __init__(self, home: Path, spec: Dns) -> None:
        self.abilities: Abilities = USERS_ONLY
        self._spec = spec
        self._folder = home.absolute() / "dns"
        self._routings: dict[str, Routing] = {}
        self._leavers: dict[str, Leavers] = {}
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Nothing is started: the servers are their user's. Raises PermanentError without dnspython."""
        dnspython()

    async def close(self) -> None:
        """Nothing is supervised."""

    async def prepare(self, routing: Routing) -> None:
        """See that the primary can be asked, the key be read, and the instances be reached. Nothing is changed."""
        known = self._routings.get(routing.app)
        async with self._lock:
            told = await self._primary(routing.app)
            check_routing(routing, self._routings.values(), told.route)
            self._refuse_same_name(routing.app)
            read_key(self._spec.key)
            if routing.app not in self._leavers:
                file = self._folder / f"{routing.app}.json"
                self._leavers[routing.app] = Leavers(self._spec.of(routing.app), file, told)
            self._routings[routing.app] = routing
        before = known.backends if known else ()
        if dead := await unreachable(backend for backend in _in_paths(routing) if backend not in before):
            raise TemporaryError(
                f"{routing.app}: no instance of {', '.join(dead)} can be reached",
                why="connections to every one of them are refused",
                cure="it is tried again; look at the instances' logs",
            )

    async def set_route(self, app: str, route: Route, fallback: Route | None) -> Confirmation:
        """Move users in one atomic update, and read it back. The way back needs the primary alone."""
        began = time.perf_counter()
        async with self._lock:
            routing = self._routings.get(app)
            if routing is None:
                check_move(app, None, None, route)
            spec, told = self._spec.of(app), await self._primary(app)
            check_move(app, routing, told.route, route, self.abilities)
            await self._refuse_dead(app, route)
            if told.route != route or told.addresses != addresses_of(spec, route):
                await self._move(app, told, route)
            await self._confirm(app, route)
            took = time.perf_counter() - began
        return Confirmation(route, took, await self.traffic(app))

    async def _move(self, app: str, told: Told, route: Route) -> None:
        spec = self._spec.of(app)
        ttl = (await ask_all(spec)).largest_ttl
        # On record before they are called away: what is given out now is in caches from now on.
        self._leavers[app].leave(told, route, ttl)
        if ttl > 10 * spec.ttl:
            log.warning("resolvers keep the old address for long", app=app, name=spec.name, ttl=ttl)
        try:
            await update(spec, told.marker, route, ttl)
        except Outdated:
            has = (await self._primary(app)).route
            if has is not None and has.epoch >= route.epoch:
                raise StaleEpoch(app, route.epoch, has.epoch) from None
            raise self._changed_meanwhile(app) from None

    async def _confirm(self, app: str, route: Route) -> None:
        spec, deadline = self._spec.of(app), time.monotonic() + SPREAD_WITHIN
        while True:
            spread = await ask_all(spec)
            late = spread.lagging(spec, route)
            if not late and not spread.silent:
                break
            if time.monotonic() > deadline:
                if spec.servers[0] in {*late, *spread.silent}:
                    raise self._not_confirmed(app)
                log.warning("not every name server answers anew", app=app, late=late, silent=dict(spread.silent))
                break
            await asyncio.sleep(POLL)
        self._leavers[app].saw(route, spread, time.time())

    async def route(self, app: str) -> Route | None:
        """The route in force: where the primary leads, or the newest answer while it does not answer."""
        if app not in self._routings:
            return None
        spec = self._spec.of(app)
        spread = await ask_all(spec)
        told = spread.in_force(spec)
        if told is None:
            raise TemporaryError(
                f"{app}: no name server answers",
                why="; ".join(spread.silent.values()),
                cure="see that they run; what resolvers have still leads somewhere",
                retry_after=1.0,
            )
        return told.observed(spec)

    async def traffic(self, app: str) -> Mapping[str, Traffic]:
        """Who can be reached, and until when users may still come to what they have left."""
        routing = self._routings.get(app)
        if routing is None:
            return {}
        leavers, now = self._leavers[app], time.time()
        if leavers.unsettled:
            spread = await ask_all(spec := self._spec.of(app))
            told = spread.in_force(spec)
            leavers.saw(told.route if told else None, spread, now)
        healthy = await reachable(routing.backends)
        held = {color: leavers.held(color, now) for color in Color}
        return {b.name: _traffic(healthy[b.name], *held.get(b.color, (0.0, ""))) for b in routing.backends}  # type: ignore[arg-type]

    async def measure(self) -> Measurement:
        """DNS sees no requests: nothing is measured."""
        return Measurement(asyncio.get_running_loop().time(), {})

    async def remove(self, app: str | None) -> None:
        """Take the addresses and the marker out of the zone."""
        for name in list(self._routings) if app is None else [app]:
            async with self._lock:
                if name in self._routings:
                    await self._withdraw(name)
                    del self._routings[name]
                    self._leavers.pop(name).forget()

    async def _withdraw(self, app: str) -> None:
        told = await self._primary(app)
        if told.route is None:
            return
        try:
            await update(self._spec.of(app), told.marker, None, 0)
        except Outdated:
            raise self._changed_meanwhile(app) from None

    async def _primary(self, app: str) -> Told:
        return await ask(self._spec.servers[0], self._spec.of(app))

    def _refuse_same_name(self, app: str) -> None:
        name = self._spec.of(app).name
        for other in self._routings:
            if other != app and self._spec.of(other).name == name:
                raise PermanentError(
                    f"{app}: the name {name} is that of {other} as well",
                    why="a name leads users to one application",
                    cure="give each application a name of its own below `router: dns`",
                )

    async def _refuse_dead(self, app: str, route: Route) -> None:
        taking = {color for color, share in route.shares.items() if share > 0}
        if dead := await unreachable(b for b in _in_paths(self._routings[app]) if b.color in taking):
            raise PermanentError(
                f"{app}: no instance of {', '.join(dead)} can be reached",
                why="the route would send users there; it was not moved",
                cure="look at the instances' logs, and deploy again",
            )

    def _changed_meanwhile(self, app: str) -> TemporaryError:
        return TemporaryError(
            f"{app}: {self._spec.of(app).marker} was changed by somebody else just now",
            why="the name server has refused the update, since its prerequisite did not hold",
            cure="it is read again and tried again; see that nothing else changes that record",
        )

    def _not_confirmed(self, app: str) -> TemporaryError:
        return TemporaryError(
            f"{app}: the route is not confirmed after {SPREAD_WITHIN:g} s",
            why=f"the primary name server {self._spec.servers[0]} took the update and does not answer so",
            cure="it is read back and set again; look at the server's log",
        )


def _in_paths(routing: Routing) -> list[Backend]:
    named = {name for paths in routing.paths.values() for name in paths.prefixes.values()}
    return [backend for backend in routing.backends if backend.name in named]


def _traffic(healthy: int, held_until: float, held_why: str) -> Traffic:
    return Traffic(healthy=healthy, held_until=held_until, held_why=held_why, counted=False)
