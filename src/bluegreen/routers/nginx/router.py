"""The router that drives somebody's nginx by a file that it includes, and by graceful reloads."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import structlog

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Route, Traffic
from bluegreen.core.router_specs import Abilities, Nginx
from bluegreen.routers.base import Backend, Confirmation, Measurement, Routing
from bluegreen.routers.nginx import fallbacks, status
from bluegreen.routers.nginx.draining import under_way
from bluegreen.routers.nginx.files import read, write
from bluegreen.routers.nginx.include import Facts
from bluegreen.routers.nginx.master import Master
from bluegreen.routers.nginx.part import Part
from bluegreen.routers.nginx.publish import publish, refuse_broken
from bluegreen.routers.reach import reachable, unreachable
from bluegreen.routers.rules import check_move, check_routing

log = structlog.get_logger(__name__)


class NginxRouter:
    """Any number of applications, each behind the nginx that its file names; see `bluegreen.routers.base.Router`.

    Each change costs a reload, so that only what has users is told: the environment that is being started is in no
    file before the switch to it.
    """

    def __init__(self, home: Path, spec: Nginx) -> None:
        self.abilities: Abilities = spec.abilities
        self._spec = spec
        self._folder = Path(spec.folder)
        self._parts: dict[str, Part] = {}
        self._confirmed: dict[str, str] = {}
        """The version of each application's file that was seen to be in force."""
        self._lock = asyncio.Lock()

    async def start(self) -> None:
        """Only the folder is made: nginx is its user's. Raises PermanentError when it cannot be written."""
        folder = self._spec.folder
        try:
            await asyncio.to_thread(os.makedirs, folder, mode=0o755, exist_ok=True)
            allowed = os.access(folder, os.W_OK | os.X_OK)
            why = "this user may not write there"
        except OSError as error:
            allowed, why = False, str(error)
        if not allowed:
            raise PermanentError(
                f"the folder that nginx includes cannot be written: {folder}",
                why=why,
                cure=f"as root: install -d -o USER -m 755 {folder}, where USER runs bluegreen",
            )

    async def close(self) -> None:
        """Nothing is supervised."""

    async def prepare(self, routing: Routing) -> None:
        """Make everything but the route true."""
        async with self._lock:
            known, part = self._parts.get(routing.app), Part(routing, self._spec, self._folder)
            laid = part.laid()
            others = [other.routing for other in self._parts.values()]
            check_routing(routing, others, laid.route if laid else None)
            part.refuse_http2()
            self._parts[routing.app] = part
            added = [each for each in part.reached() if known is None or known.backends.get(each.name) != each]
            if added and laid is not None:  # without a file, what names its variable is broken until there is one
                await refuse_broken(part)
            fallbacks.refresh(part)
            await self._make_true(part, laid)
        if dead := await unreachable(added):
            raise TemporaryError(
                f"{part.app}: no instance of {', '.join(dead)} can be reached",
                why="connections to every one of them are refused",
                cure="it is tried again; look at the instances' logs",
            )

    async def _make_true(self, part: Part, laid: Facts | None) -> None:
        """Tell nginx where what has users is now. The route stays what it is."""
        content = part.content(laid.route if laid else None)
        same = read(part.file) == content.data
        if same and self._confirmed.get(part.app) == content.facts.version:
            return
        with contextlib.suppress(TemporaryError):
            told = await status.ask(self._spec.status, part.app)
            if (same and told == content.facts) or _is_between(laid, told):
                return
        await publish(part, content)
        self._confirmed[part.app] = content.facts.version

    async def set_route(self, app: str, route: Route, fallback: Route | None) -> Confirmation:
        """Move users in one atomic step, and read it back."""
        began = time.perf_counter()
        async with self._lock:
            part = self._part(app)
            try:
                told = await status.ask(self._spec.status, app)
            except TemporaryError:
                if route.shares or self._runs():
                    raise
                return self._nobody_is_served(part, route)
            check_move(app, part.routing, _newest(told, part.laid()), route)
            await self._refuse_dead(part, part.routed(route))
            content, laid = part.content(route), part.fallback(route.epoch)
            fallbacks.lay(part, route, fallback)
            if self._confirmed.get(app) != content.facts.version or told != content.facts:
                await publish(part, content, laid)
                self._confirmed[app] = content.facts.version
            fallbacks.discard(part, keep=fallback)
            took = time.perf_counter() - began
        return Confirmation(route, took, await self.traffic(app))

    def _runs(self) -> bool:
        try:
            Master(self._spec.pid).find()
        except TemporaryError:
            return False
        return True

    def _nobody_is_served(self, part: Part, route: Route) -> Confirmation:
        """By an nginx that does not run and is to serve nobody: it will find that written when it is started."""
        check_move(part.app, part.routing, _newest(part.laid()), route)
        write(part.file, part.content(route).data)
        return Confirmation(route, 0.0, {})

    async def _refuse_dead(self, part: Part, backends: Iterable[Backend]) -> None:
        if dead := await unreachable(backends):
            raise PermanentError(
                f"{part.app}: no instance of {', '.join(dead)} can be reached",
                why="the route would send users there; it was not moved",
                cure="look at the instances' logs, and deploy again",
            )

    async def route(self, app: str) -> Route | None:
        """The route in force, as a worker of nginx tells it."""
        part = self._parts.get(app)
        told = await status.ask(self._spec.status, app) if part else None
        return told.route if told else None

    async def traffic(self, app: str) -> Mapping[str, Traffic]:
        """Who can be reached, and what is under way in workers that were replaced. Requests are not counted."""
        part = self._parts.get(app)
        if part is None:
            return {}
        backends = part.routing.backends
        retiring = await asyncio.to_thread(Master(self._spec.pid).workers)
        active = await asyncio.to_thread(under_way, retiring.retiring, backends)
        healthy = await reachable(backends)
        return {b.name: Traffic(active=active[b.name], healthy=healthy[b.name], counted=False) for b in backends}

    async def measure(self) -> Measurement:
        """nginx has no counters for each upstream: nothing is measured."""
        return Measurement(asyncio.get_running_loop().time(), {})

    async def remove(self, app: str | None) -> None:
        """Answer users 503, and forget the application. The file stays: somebody's configuration names its variable."""
        for name in list(self._parts) if app is None else [app]:
            async with self._lock:
                part = self._parts.pop(name, None)
                self._confirmed.pop(name, None)
                if part is not None:
                    fallbacks.discard(part, keep=None)
                    await self._close(part)

    async def _close(self, part: Part) -> None:
        content = part.nobody()
        try:
            await publish(part, content)
        except TemporaryError as error:
            # Where nginx does not run, nobody is served by it; it will read this when it is started.
            write(part.file, content.data)
            log.warning("nginx was not told that an application has gone", app=part.app, error=str(error))

    def _part(self, app: str) -> Part:
        try:
            return self._parts[app]
        except KeyError:
            raise PermanentError(
                f"{app}: nothing is prepared for it", why="the router does not know it", cure="deploy it first"
            ) from None


def _newest(*facts: Facts | None) -> Route | None:
    """The newest route that one of these tells."""
    routes = [each.route for each in facts if each is not None and each.route is not None]
    return max(routes, key=lambda route: route.epoch, default=None)


def _is_between(laid: Facts | None, told: Facts | None) -> bool:
    """Whether a switch was begun and not confirmed: then it is ended, or taken back, by the next one alone."""
    return laid is not None and laid.route is not None and (told is None or told.route != laid.route)
