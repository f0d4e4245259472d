"""A router that moves nobody: it keeps everything in memory, and refuses what every router must refuse."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bluegreen.core.errors import PermanentError
from bluegreen.core.model import Route, Traffic
from bluegreen.routers.base import (
    Abilities,
    Confirmation,
    Measured,
    Measurement,
    Routing,
    StaleEpoch,
    Times,
)


class MemoryRouter:
    """For trying things out and for tests of what is above it; see `bluegreen.routers.base.Router`."""

    abilities = Abilities()

    def __init__(self, home: Path) -> None:
        self.home = home
        self.fail_next: list[Exception] = []
        """Raised by the next calls of `prepare` and `set_route`, one each, before anything is changed."""
        self.history: list[tuple[str, Route]] = []
        """Every route that was set, oldest first."""
        self.counters: dict[str, Traffic] = {}
        """What `traffic` tells of a backend, by its name; else only how many members it has."""
        self.times: dict[str, Times] = {}
        """What `measure` tells of the times of a backend's answers, by its name."""
        self._routings: dict[str, Routing] = {}
        self._routes: dict[str, Route] = {}

    async def start(self) -> None:
        """Nothing is to be found or started."""

    async def close(self) -> None:
        """Nothing is supervised."""

    async def prepare(self, routing: Routing) -> None:
        """Make everything but the route true."""
        self._fail()
        _check_backends(routing)
        for other in self._routings.values():
            if other.app != routing.app:
                _check_overlap(routing, other)
        route = self._routes.get(routing.app)
        if route is not None:
            _check_route(routing, route)
        self._routings[routing.app] = routing

    async def set_route(self, app: str, route: Route, fallback: Route | None) -> Confirmation:
        """Move users in one atomic step."""
        self._fail()
        routing = self._routings.get(app)
        if routing is None:
            raise PermanentError(f"{app}: nothing is prepared for it", cure="deploy it first")
        has = self._routes.get(app)
        if has is not None and (route.epoch < has.epoch or (route.epoch == has.epoch and route != has)):
            raise StaleEpoch(app, route.epoch, has.epoch)
        _check_route(routing, route)
        self._routes[app] = route
        self.history.append((app, route))
        return Confirmation(route, 0.0, await self.traffic(app))

    async def route(self, app: str) -> Route | None:
        """The route in force."""
        return self._routes.get(app)

    async def traffic(self, app: str) -> Mapping[str, Traffic]:
        """The counters that were put into ``counters``."""
        routing = self._routings.get(app)
        backends = routing.backends if routing else ()
        return {
            backend.name: replace(self.counters.get(backend.name, Traffic()), healthy=len(backend.endpoints))
            for backend in backends
        }

    async def measure(self) -> Measurement:
        """The counters and times that were put in."""
        traffic = {name: counters for app in self._routings for name, counters in (await self.traffic(app)).items()}
        backends = {name: Measured(counters, self.times.get(name, {})) for name, counters in traffic.items()}
        return Measurement(asyncio.get_running_loop().time(), backends)

    async def remove(self, app: str | None) -> None:
        """Forget an application, or all."""
        for name in list(self._routings) if app is None else [app]:
            self._routings.pop(name, None)
            self._routes.pop(name, None)

    def _fail(self) -> None:
        if self.fail_next:
            raise self.fail_next.pop(0)


def _check_backends(routing: Routing) -> None:
    known = {backend.name for backend in routing.backends if backend.endpoints}
    named = {name for paths in routing.paths.values() for name in paths.prefixes.values()}
    named |= {internal.backend for internal in routing.internals if internal.backend is not None}
    if named - known:
        raise PermanentError(f"{routing.app}: unknown backends {', '.join(sorted(named - known))}")


def _check_route(routing: Routing, route: Route) -> None:
    for color, share in route.shares.items():
        if share > 0 and (color not in routing.paths or not routing.paths[color].prefixes):
            raise PermanentError(f"{routing.app}: the route names {color}, which takes no requests")


def _check_overlap(mine: Routing, theirs: Routing) -> None:
    same = mine.address == theirs.address
    if same and (not mine.hosts or not theirs.hosts or set(mine.hosts) & set(theirs.hosts)):
        raise PermanentError(f"{mine.app}: its hosts at {mine.address} overlap with those of {theirs.app}")
