"""A router that moves nobody: it keeps everything in memory, and refuses what every router must refuse."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bluegreen.core.model import Route, Traffic
from bluegreen.routers.base import (
    Abilities,
    Confirmation,
    Measured,
    Measurement,
    Routing,
    Times,
)
from bluegreen.routers.rules import check_move, check_routing


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
        check_routing(routing, self._routings.values(), self._routes.get(routing.app))
        self._routings[routing.app] = routing

    async def set_route(self, app: str, route: Route, fallback: Route | None) -> Confirmation:
        """Move users in one atomic step."""
        self._fail()
        check_move(app, self._routings.get(app), self._routes.get(app), route)
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
