"""Fallbacks: the whole route file that a rollback would need, laid ready before the switch."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import structlog

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Route
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.part import Part
from bluegreen.routers.envoy.plane import public_routes
from bluegreen.routers.envoy.snapshot import Snapshot, read_file, write
from bluegreen.routers.envoy.store import route_of
from bluegreen.routers.rules import check_paths
from bluegreen.system.faults import point

log = structlog.get_logger(__name__)

Parts = Mapping[str, Part]


class Fallbacks:
    """One file for each application at most, beside the folder that Envoy watches."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def lay(self, parts: Parts, app: str, route: Route) -> Path:
        """Write the file for this way back. Raises TemporaryError when it cannot be written."""
        file = self._file(parts[app], route)
        write(file, _content(parts, app, route), sync=False)
        return file

    def is_laid(self, part: Part, route: Route, wanted: Snapshot) -> bool:
        """Whether the file for this route is there and is exactly what is wanted."""
        return read_file(self._file(part, route)) == wanted.data

    def move_into_place(self, part: Part, route: Route, wanted: Snapshot) -> bool:
        """Make the prepared file the one that Envoy reads, if it is what is wanted. Needs no free disk space."""
        if not self.is_laid(part, route, wanted):
            return False
        point("before moving the way back into place")
        os.replace(self._file(part, route), self._layout.routes(part.address))
        point("after moving the way back into place")
        return True

    def refresh(self, parts: Parts) -> None:
        """Write anew what has changed since: another application at the address, say. Remove what leads nowhere."""
        for file in sorted(self._layout.root.glob("fallbacks/*/*.json")):
            app = file.name.rpartition("@")[0]
            route = _route(file, app)
            if route is None or app not in parts or not self._leads_somewhere(file, parts[app], route):
                file.unlink(missing_ok=True)
                continue
            content = _content(parts, app, route)
            try:
                if read_file(file) != content.data:
                    write(file, content, sync=False)
            except TemporaryError as error:
                log.warning("the way back cannot be kept ready", app=app, error=str(error))

    def discard(self, app: str, keep: Path | None) -> None:
        """Remove the application's files but this one."""
        for file in self._layout.root.glob(f"fallbacks/*/{app}@*.json"):
            if file != keep:
                with contextlib.suppress(OSError):
                    file.unlink()

    def _leads_somewhere(self, file: Path, part: Part, route: Route) -> bool:
        try:
            check_paths(part.routing, route)
        except PermanentError:
            return False
        return file == self._file(part, route)

    def _file(self, part: Part, route: Route) -> Path:
        return self._layout.fallback(part.address, part.app, route.epoch)


def _content(parts: Parts, app: str, route: Route) -> Snapshot:
    part = parts[app]
    return public_routes(part.address, {**parts, app: replace(part, route=route)})


def _route(file: Path, app: str) -> Route | None:
    try:
        return route_of(app, json.loads(file.read_bytes())["resources"])
    except (OSError, ValueError, KeyError):
        return None
