"""What the router remembers on disk: each application's `Routing`, and its route where Envoy reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import structlog

from bluegreen.core.errors import TemporaryError
from bluegreen.core.model import Color, Route
from bluegreen.core.spec import Tls
from bluegreen.routers.base import Backend, Direct, Internal, Mirror, Paths, Routing, Sticky
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.part import Part
from bluegreen.system.atomic import replace_file

log = structlog.get_logger(__name__)


class Store:
    """The last good state of every application."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def load(self) -> dict[str, Part]:
        """Every application's part. The route is the one in the file that Envoy reads: there is no second copy."""
        parts: dict[str, Part] = {}
        for file in sorted(self._layout.apps.glob("*.json")):
            try:
                routing = decode(json.loads(file.read_bytes()))
            except (OSError, ValueError, KeyError, TypeError) as error:
                log.error("an application's routing cannot be read", file=str(file), error=str(error))
                continue
            parts[routing.app] = Part(routing, self._route(routing))
        return parts

    def keep(self, app: str, part: Part | None) -> None:
        """Remember the application's routing, or forget it. Raises TemporaryError when it cannot be written."""
        file = self._layout.apps / f"{app}.json"
        if part is None:
            file.unlink(missing_ok=True)
            return
        try:
            replace_file(file, json.dumps(asdict(part.routing), indent=1).encode())
        except OSError as error:
            raise TemporaryError(
                f"{file} could not be written", why=str(error), cure="free disk space", retry_after=1.0
            ) from error

    def _route(self, routing: Routing) -> Route | None:
        if routing.address is None:
            return None
        file = self._layout.routes(routing.address)
        try:
            return route_of(routing.app, json.loads(file.read_bytes())["resources"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.error("an application's route cannot be read", file=str(file), error=str(error))
            return None


def route_of(app: str, configurations: Iterable[dict[str, Any]]) -> Route | None:
    """The application's route as these route configurations tell it; None when they tell none."""
    for configuration in configurations:
        for host in configuration.get("virtual_hosts", ()):
            facts = host.get("metadata", {}).get("filter_metadata", {}).get("bluegreen", {})
            if facts.get("app") == app and "epoch" in facts:
                shares = {Color(color): int(share) for color, share in facts["shares"].items()}
                return Route(int(facts["epoch"]), shares)
    return None


def decode(fields: dict[str, Any]) -> Routing:
    """A `Routing` from its JSON form, which is ``dataclasses.asdict``."""
    tls = fields["tls"]
    return Routing(
        app=fields["app"],
        address=fields["address"],
        hosts=tuple(fields["hosts"]),
        tls=Tls(**tls) if tls else None,
        backends=tuple(_backend(backend) for backend in fields["backends"]),
        paths={Color(color): Paths(paths["prefixes"]) for color, paths in fields["paths"].items()},
        preview_address=fields["preview_address"],
        preview=Color(fields["preview"]) if fields["preview"] else None,
        internals=tuple(Internal(**internal) for internal in fields["internals"]),
        failover=fields["failover"],
        # What an earlier version has written knows none of these.
        preview_key=fields.get("preview_key"),
        sticky=_sticky(fields.get("sticky")),
        pinned={Color(color): release for color, release in fields.get("pinned", {}).items()},
        mirror=_mirror(fields.get("mirror")),
        sampled=fields.get("sampled", 0.0),
        sampled_paths=tuple(fields.get("sampled_paths", ("/",))),
        direct=tuple(Direct(each["address"], Color(each["color"])) for each in fields.get("direct", ())),
    )


def _mirror(fields: dict[str, Any] | None) -> Mirror | None:
    if fields is None:
        return None
    lists = {name: tuple(fields[name]) for name in ("methods", "paths", "without")}
    return Mirror(**{**fields, **lists})


def _sticky(fields: dict[str, Any] | None) -> Sticky | None:
    if fields is None:
        return None
    values = {Color(color): value for color, value in fields["values"].items()}
    return Sticky(Color(fields["new"]), values, tuple(fields["steps"]))


def _backend(fields: dict[str, Any]) -> Backend:
    color = Color(fields["color"]) if fields["color"] else None
    return Backend(**{**fields, "endpoints": tuple(fields["endpoints"]), "color": color})
