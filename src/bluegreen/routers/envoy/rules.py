"""What must be true of an application's routing before anything is touched."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bluegreen.core.errors import PermanentError
from bluegreen.routers.base import Routing
from bluegreen.routers.envoy.address import overlap
from bluegreen.routers.envoy.listeners import addresses
from bluegreen.routers.envoy.part import Part
from bluegreen.routers.rules import check_hosts, check_paths

KEY = re.compile(r"[A-Za-z0-9._~-]{16,200}")
"""Nothing that could be written in two ways: it must be found wherever it may not be."""


def check(part: Part, others: Iterable[Part]) -> None:
    """Raises PermanentError for what could never be made true."""
    _check_names(part)
    _check_key(part)
    if part.route is not None:
        check_paths(part.routing, part.route)
    for other in others:
        _check_addresses(part, other)


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
    if bool(mine.tls) != bool(theirs.tls):
        raise PermanentError(
            f"{mine.app}: the address {mine.address} is shared with {theirs.app}, but only one of them has tls",
            why="one address speaks either TLS or cleartext",
            cure="give both a certificate, or choose another address",
        )
    check_hosts(mine, theirs)
