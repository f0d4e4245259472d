"""One switch: the way back laid ready, one file moved into place, the new route proved to be in force."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Route
from bluegreen.routers.envoy.confirm import Before, Confirmer
from bluegreen.routers.envoy.fallbacks import Fallbacks
from bluegreen.routers.envoy.part import Part
from bluegreen.routers.envoy.plane import Plane, public_routes
from bluegreen.routers.envoy.snapshot import read_file, write


class Switch:
    """The move of one application to one route: `lay`, `move`, `confirm`, `tidy`, in this order."""

    def __init__(self, plane: Plane, fallbacks: Fallbacks, parts: Mapping[str, Part], app: str, route: Route) -> None:
        self.app = app
        self._plane = plane
        self._fallbacks = fallbacks
        self._part = parts[app]
        self._route = route
        self._address = self._part.address
        self._subscription = plane.routes_subscription(self._address)
        self.wanted = {**parts, app: replace(self._part, route=route)}
        """Every application's part after it."""
        self._content = public_routes(self._address, self.wanted)
        self._laid: Path | None = None
        self._before = Before(0, 0)

    async def lay(self, fallback: Route | None) -> None:
        """See that somebody will answer, and write the file of the way back. Users' requests are not touched.

        Raises:
            PermanentError: nobody would answer.
            TemporaryError: Envoy does not answer, or the way back cannot be written (and this is not one itself).
        """
        # Envoy answers while we write.
        self._before, self._laid = await asyncio.gather(self._look(), self._write_fallback(fallback))

    def move(self) -> None:
        """Move the file into place. Raises TemporaryError when it cannot be written; then nothing was moved."""
        if self._fallbacks.move_into_place(self._part, self._route, self._content):
            return
        if read_file(self._subscription.file) != self._content.data:
            write(self._subscription.file, self._content, sync=False)

    async def confirm(self) -> None:
        """Return when the route is in force. Raises as `Confirmer.confirm`."""
        previous = self._part.route if self._part.route != self._route else None
        confirmer = Confirmer(self._plane.admin, self._plane.publisher, self._subscription, self._before)
        await confirmer.confirm(self._address, self._content.version, self.app, previous)

    def tidy(self) -> list[Path]:
        """Bring the ways back up to date; returns the files that a power cut must not take."""
        self._fallbacks.discard(self.app, keep=self._laid)
        if sum(part.routing.address == self._address for part in self.wanted.values()) > 1:
            self._fallbacks.refresh(self.wanted)
        return [self._subscription.file, *([self._laid] if self._laid else [])]

    async def _look(self) -> Before:
        log_at = self._plane.publisher.log_position()
        wanted = [self._part.backends[name] for name in self._part.routed(self._route)]
        dead, refused = await self._plane.look_quickly(wanted, self._subscription)
        if dead:
            raise PermanentError(
                f"{self.app}: no instance of {', '.join(dead)} can be reached",
                why="the route would send users there; it was not moved",
                cure="look at the instances' logs, and deploy again",
            )
        return Before(refused, log_at)

    async def _write_fallback(self, fallback: Route | None) -> Path | None:
        if fallback is None:
            return None
        try:
            return self._fallbacks.lay(self.wanted, self.app, fallback)
        except TemporaryError:
            # A way back that was laid ready is taken even when no further one fits on the disk.
            if self._fallbacks.is_laid(self._part, self._route, self._content):
                return None
            raise
