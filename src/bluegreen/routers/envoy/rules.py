"""What must be true of an application's routing before anything is touched."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bluegreen.core.errors import PermanentError
from bluegreen.core.model import Route
from bluegreen.routers.base import Routing, StaleEpoch
from bluegreen.routers.envoy.address import overlap
from bluegreen.routers.envoy.listeners import addresses
from bluegreen.routers.envoy.part import Part

KEY = re.compile(r"[A-Za-z0-9._~-]{16,200}")
"""Nothing that could be written in two ways: it must be found wherever it may not be."""


def check(part: Part, others: Iterable[Part]) -> None:
    """Raises PermanentError for what could never be made true."""
    _check_names(part)
    _check_key(part)
    if part.route is not None:
        check_route(part, part.route)
    for other in others:
        _check_addresses(part, other)


def check_route(part: Part, route: Route) -> None:
    """Raises PermanentError when the route names an environment that takes no requests."""
    for color, share in route.shares.items():
        paths = part.routing.paths.get(color)
        if share > 0 and (paths is None or not paths.prefixes):
            raise PermanentError(
                f"{part.app}: the route names {color}, which takes no requests",
                why=f"no backend of {color} is prepared to receive users",
                cure=f"start a release in {color} first",
            )


def check_epoch(part: Part, route: Route) -> None:
    """Raises StaleEpoch when the application's route in force is newer, or another one of the same epoch."""
    has = part.route
    if has is not None and (route.epoch < has.epoch or (route.epoch == has.epoch and route != has)):
        raise StaleEpoch(part.app, route.epoch, has.epoch)


def _check_names(part: Part) -> None:
    known = set(part.backends)
    if missing := sorted(part.reached() - known):
        raise PermanentError(
            f"{part.app}: unknown backends {', '.join(missing)}",
            why="a path or an internal listener names a backend that is not there",
            cure="this is a fault of bluegreen: please report it",
        )
    for backend in part.routing.backends:
        if not backend.endpoints:
            raise PermanentError(
                f"{part.app}: {backend.name} has no instance",
                why="nobody would answer its requests",
                cure="start an instance first",
            )


def _check_key(part: Part) -> None:
    key = part.routing.preview_key
    if key is not None and not KEY.fullmatch(key):
        raise PermanentError(
            f"{part.app}: its preview key cannot be used",
            why="a key has 16 to 200 letters, digits and characters of -._~",
            cure="this is a fault of bluegreen: please report it",
        )


def _check_addresses(part: Part, other: Part) -> None:
    same = part.routing.address is not None and part.routing.address == other.routing.address
    if same:
        _check_hosts(part.routing, other.routing)
    for mine in addresses(part):
        for theirs in addresses(other):
            both_public = same and mine == theirs == part.routing.address
            if overlap(mine, theirs) and not both_public:
                raise PermanentError(
                    f"{part.app}: the address {mine} is taken",
                    why=f"the application {other.app} listens on {theirs}",
                    cure="choose another port",
                )


def _check_hosts(mine: Routing, theirs: Routing) -> None:
    where = f"{mine.app}: the address {mine.address}"
    if bool(mine.tls) != bool(theirs.tls):
        raise PermanentError(
            f"{where} is shared with {theirs.app}, but only one of them has tls",
            why="one address speaks either TLS or cleartext",
            cure="give both a certificate, or choose another address",
        )
    clash = next((f"{m} and {t}" for m in mine.hosts for t in theirs.hosts if _hosts_overlap(m, t)), None)
    if not mine.hosts or not theirs.hosts or clash:
        raise PermanentError(
            f"{where} is shared with {theirs.app}, and their hosts overlap",
            why=clash or f"{theirs.app if mine.hosts else mine.app} has no `hosts` and so takes them all",
            cure="give each application `hosts` of its own, or another address",
        )


def _hosts_overlap(one: str, other: str) -> bool:
    pairs = ((one, other), (other, one))
    return one == other or any(wild.startswith("*") and name.endswith(wild[1:]) for wild, name in pairs)
