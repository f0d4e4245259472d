"""The routers of all applications as one: each application's users are moved by the router that its file names.

Another router than the default one (our Envoy) moves only users. The preview and the internal listeners of its
applications stay with the default router, which is told the same `Routing` without an address; what the two count is
added up, so that a drain sees both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import structlog

from bluegreen.core.errors import BluegreenError, TemporaryError
from bluegreen.core.model import Route, Traffic
from bluegreen.core.router_specs import Abilities, RouterSpec
from bluegreen.engine.backends import load
from bluegreen.engine.joined import inside, joined, measured_by_both, users_of, without
from bluegreen.routers.base import Confirmation, Measurement, Router, Routing

log = structlog.get_logger()

MEASURED_WITHIN = 2.0
"""Seconds that one router may take for a measurement: what is ill may not blind the guards of other applications."""
Make = Callable[[RouterSpec], Router]


class Routers:
    """Every router that some application uses; see `bluegreen.routers.base.Router`."""

    def __init__(
        self, default: Router, home: Path, spec_of: Callable[[str], RouterSpec | None], make: Make | None = None
    ) -> None:
        self.default = default
        """For every application whose file names no other."""
        self._spec_of = spec_of
        self._make: Make = make or (lambda spec: load("routers", spec.kind)(home, spec))
        self._others: dict[RouterSpec, Router] = {}
        """By settings; only those that were started."""
        self._told: dict[str, RouterSpec | None] = {}
        """What was prepared of each application. What was not is asked for: the journal knows."""
        self._starting = asyncio.Lock()

    @property
    def abilities(self) -> Abilities:
        """Those of the default router."""
        return self.default.abilities

    async def start(self) -> None:
        """The default router. Each other one is started when it is first needed: it may be down, and hold up nobody."""
        await self.default.start()

    async def close(self) -> None:
        """Stop supervising all of them."""
        await asyncio.gather(*(router.close() for router in (self.default, *self._others.values())))

    async def prepare(self, routing: Routing) -> None:
        """Tell both routers their part. What only the default one cannot have now holds up nothing for users."""
        spec = routing.router
        if spec is None:
            await self.default.prepare(routing)
            self._told[routing.app] = None
            return
        ill: TemporaryError | None = None
        try:
            await self.default.prepare(inside(routing))
        except TemporaryError as error:
            ill = error
        router = await self._router(spec)
        await router.prepare(users_of(routing, router.abilities))
        self._told[routing.app] = spec
        if ill is not None:
            raise ill

    async def set_route(self, app: str, route: Route, fallback: Route | None) -> Confirmation:
        """Move users, by the application's own router."""
        spec = self._spec(app)
        if spec is None:
            return await self.default.set_route(app, route, fallback)
        router = await self._router(spec)
        confirmation = await router.set_route(app, route, fallback)
        try:
            traffic = joined(await self.default.traffic(app), confirmation.traffic, arrive=_arrive(spec, router))
        except BluegreenError:
            traffic = {}  # not known; but users are moved
        return replace(confirmation, traffic=traffic)

    async def route(self, app: str) -> Route | None:
        """The route in force, read from the application's own router."""
        return await (await self._router(self._spec(app))).route(app)

    async def traffic(self, app: str) -> Mapping[str, Traffic]:
        """What both routers have counted. Raises TemporaryError when one of them does not answer."""
        spec = self._spec(app)
        if spec is None:
            return await self.default.traffic(app)
        router = await self._router(spec)
        both = await asyncio.gather(self.default.traffic(app), router.traffic(app))
        return joined(*both, arrive=_arrive(spec, router))

    async def measure(self) -> Measurement:
        """Everything that can be measured. An application whose own router cannot tell is left out."""
        measurement = await self.default.measure()
        apps: dict[RouterSpec, set[str]] = {}
        for app in {name.split("/")[0] for name in measurement.backends}:
            if (spec := self._spec(app)) is not None:
                apps.setdefault(spec, set()).add(app)
        others = await asyncio.gather(*(self._measured(spec) for spec in apps))
        for spec, other in zip(apps, others, strict=True):
            measurement = without(measurement, apps[spec]) if other is None else measured_by_both(measurement, other)
        return measurement

    async def _measured(self, spec: RouterSpec) -> Measurement | None:
        if not spec.abilities.measure:
            return None
        try:
            async with asyncio.timeout(MEASURED_WITHIN):
                return await (await self._router(spec)).measure()
        except (BluegreenError, TimeoutError) as error:
            log.warning("a router cannot be measured", router=spec.kind, error=str(error))
            return None

    async def remove(self, app: str | None) -> None:
        """Forget an application, or shut the default router down; what is the user's own goes on."""
        if app is None:
            for router in self._others.values():
                await router.remove(None)
            self._told.clear()
            return await self.default.remove(None)
        spec = self._spec(app)
        if spec is not None:
            await (await self._router(spec)).remove(app)
        await self.default.remove(app)
        self._told.pop(app, None)

    def _spec(self, app: str) -> RouterSpec | None:
        return self._told[app] if app in self._told else self._spec_of(app)

    async def _router(self, spec: RouterSpec | None) -> Router:
        """The router with these settings, started. Raises what its `start` raises."""
        if spec is None:
            return self.default
        async with self._starting:
            if spec not in self._others:
                router = self._make(spec)
                await router.start()
                self._others[spec] = router
            return self._others[spec]


def _arrive(spec: RouterSpec, router: Router) -> bool:
    """Whether users come in at the default router, to which another one only leads them (DNS)."""
    return spec.abilities.measure and not router.abilities.measure
