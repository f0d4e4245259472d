"""The router that is three commands of the user: `set` moves users, `get` reads back, `drain` tells what is under way.

Each is given one JSON object on standard input, and answers with one as the last line of its output.
`docs/how-to/other-routers.md` has the objects, and an example.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bluegreen.core.errors import TemporaryError
from bluegreen.core.model import Color, Route, Traffic
from bluegreen.core.router_specs import Abilities, Commands
from bluegreen.routers.asking import Asking
from bluegreen.routers.base import Backend, Confirmation, Measurement, Routing
from bluegreen.routers.reach import reachable
from bluegreen.routers.rules import check_move, check_routing

HEALTHY_WITHIN = 2.0
"""Seconds that an instance has to take its first connection."""
POLL = 0.05


class CommandRouter:
    """Tells the user's commands; see `bluegreen.routers.base.Router`."""

    def __init__(self, home: Path, spec: Commands) -> None:
        self.abilities: Abilities = spec.abilities
        self._ask = Asking(spec)
        self._routings: dict[str, Routing] = {}
        self._told: dict[str, dict[str, Any]] = {}
        """What `set` was told last of each application."""
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Nothing is to be started: the commands say by themselves when the device does not answer."""

    async def close(self) -> None:
        """Nothing is supervised."""

    async def prepare(self, routing: Routing) -> None:
        """Remember what is there; the device is told with the next route, or at once where it sends users now."""
        async with self._lock:
            route = await self.route(routing.app)
            check_routing(routing, self._routings.values(), route)
            await _wait_reachable(_in_paths(routing))
            self._routings[routing.app] = routing
            if route is not None and self._told.get(routing.app, {}) != _wanted(routing, route):
                await self._set(routing, route, None)

    async def set_route(self, app: str, route: Route, fallback: Route | None) -> Confirmation:
        """Let `set` move users, and believe what `get` says then."""
        began = time.monotonic()
        async with self._lock:
            has = await self.route(app)
            routing = check_move(app, self._routings.get(app), has, route, self.abilities)
            await self._set(routing, route, fallback)
            found = await self.route(app)
        if found != route:
            raise TemporaryError(
                f"{app}: the route is not in force",
                why=f"`set` succeeded, and then `get` told {_in_words(found)}, not {_in_words(route)}",
                cure="it is tried again; look at what the commands do",
            )
        took = time.monotonic() - began
        try:
            return Confirmation(route, took, await self.traffic(app))
        except TemporaryError:
            return Confirmation(route, took, {})  # what is under way is not known; users are moved

    async def _set(self, routing: Routing, route: Route, fallback: Route | None) -> None:
        wanted = _wanted(routing, route)
        self._told.pop(routing.app, None)
        back = {"epoch": fallback.epoch, "shares": _shares(fallback)} if fallback else None
        await self._ask.set({**wanted, "fallback": back})
        self._told[routing.app] = wanted

    async def route(self, app: str) -> Route | None:
        """What `get` tells."""
        return await self._ask.get({"app": app})

    async def traffic(self, app: str) -> Mapping[str, Traffic]:
        """What `drain` tells; users' requests are not counted."""
        routing = self._routings.get(app)
        if routing is None or not routing.backends:
            return {}
        active, healthy = await asyncio.gather(self._ask.drain(_asked(routing)), reachable(routing.backends))
        return {name: Traffic(active=active[name], healthy=healthy[name], counted=False) for name in healthy}

    async def measure(self) -> Measurement:
        """Nothing is measured."""
        return Measurement(time.monotonic(), {})

    async def remove(self, app: str | None) -> None:
        """Let `set` forget an application, by an epoch that is null; or all of them."""
        for name in list(self._routings) if app is None else [app]:
            async with self._lock:
                if await self.route(name) is not None:
                    await self._ask.set({"app": name, "epoch": None, "shares": {}, "environments": {}})
                self._routings.pop(name, None)
                self._told.pop(name, None)


def _wanted(routing: Routing, route: Route) -> dict[str, Any]:
    """What the device must know to make a route true."""
    backends = {backend.name: backend for backend in routing.backends}
    environments = {
        color.value: {
            "release": next((backends[name].release for name in paths.prefixes.values()), None),
            "paths": {prefix: list(backends[name].endpoints) for prefix, name in paths.prefixes.items()},
        }
        for color, paths in routing.paths.items()
    }
    return {
        "app": routing.app,
        "address": routing.address,
        "hosts": list(routing.hosts),
        "epoch": route.epoch,
        "shares": _shares(route),
        "environments": environments,
    }


def _shares(route: Route) -> dict[str, int]:
    return {color.value: share for color, share in route.shares.items() if share > 0}


def _asked(routing: Routing) -> dict[str, Any]:
    backends = {
        backend.name: {"environment": Color(backend.color).value, "instances": list(backend.endpoints)}
        for backend in routing.backends
        if backend.color is not None
    }
    return {"app": routing.app, "backends": backends}


def _in_paths(routing: Routing) -> list[Backend]:
    named = {name for paths in routing.paths.values() for name in paths.prefixes.values()}
    return [backend for backend in routing.backends if backend.name in named]


async def _wait_reachable(backends: Iterable[Backend]) -> None:
    backends, deadline = list(backends), time.monotonic() + HEALTHY_WITHIN
    while ill := [name for name, count in (await reachable(backends)).items() if not count]:
        if time.monotonic() > deadline:
            raise TemporaryError(
                f"no instance of {', '.join(ill)} can be reached",
                why="connections to every one of them fail",
                cure="look at the instances' logs",
                retry_after=1.0,
            )
        await asyncio.sleep(POLL)


def _in_words(route: Route | None) -> str:
    return f"epoch {route.epoch} with {_shares(route)}" if route else "no route"
