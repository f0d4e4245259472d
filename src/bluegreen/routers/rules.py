"""What every router refuses before anything is touched."""

from __future__ import annotations

from collections.abc import Iterable

from bluegreen.core.errors import PermanentError
from bluegreen.core.model import Route
from bluegreen.core.router_specs import Abilities
from bluegreen.routers.base import Routing, StaleEpoch


def check_routing(routing: Routing, others: Iterable[Routing], route: Route | None) -> None:
    """What an application is to be prepared with, beside the others and under the route in force.

    Raises:
        PermanentError: a backend is missing, hosts overlap, or users are routed to what is left out.
    """
    _check_backends(routing)
    for other in others:
        if other.app != routing.app:
            _check_hosts(routing, other)
    if route is not None:
        _check_paths(routing, route)


def check_move(
    app: str, routing: Routing | None, has: Route | None, route: Route, able: Abilities | None = None
) -> Routing:
    """Whether the route may follow the one in force; what is prepared.

    Raises:
        StaleEpoch: the route in force is newer, or another one of the same epoch.
        PermanentError: nothing is prepared, nobody would answer, or it splits users and the router cannot.
    """
    if routing is None:
        raise PermanentError(
            f"{app}: nothing is prepared for it", why="the router does not know it", cure="deploy it first"
        )
    if has is not None and (route.epoch < has.epoch or (route.epoch == has.epoch and route != has)):
        raise StaleEpoch(app, route.epoch, has.epoch)
    _check_paths(routing, route)
    if able is not None and not able.weighted and sum(share > 0 for share in route.shares.values()) > 1:
        raise PermanentError(
            f"{app}: its router cannot split users' requests", cure="write `switch: {shift: [100%]}` and no `holdback`"
        )
    return routing


def _check_backends(routing: Routing) -> None:
    known = {backend.name for backend in routing.backends if backend.endpoints}
    named = {name for paths in routing.paths.values() for name in paths.prefixes.values()}
    named |= {internal.backend for internal in routing.internals if internal.backend is not None}
    if named - known:
        raise PermanentError(
            f"{routing.app}: unknown backends {', '.join(sorted(named - known))}",
            why="a path or an internal listener names a backend that is not there",
            cure="this is a fault of bluegreen: please report it",
        )


def _check_paths(routing: Routing, route: Route) -> None:
    for color, share in route.shares.items():
        if share > 0 and (color not in routing.paths or not routing.paths[color].prefixes):
            raise PermanentError(
                f"{routing.app}: the route names {color}, which takes no requests",
                why=f"no backend of {color} is prepared to receive users",
                cure=f"start a release in {color} first",
            )


def _check_hosts(mine: Routing, theirs: Routing) -> None:
    same = mine.address is not None and mine.address == theirs.address
    if same and (not mine.hosts or not theirs.hosts or set(mine.hosts) & set(theirs.hosts)):
        raise PermanentError(
            f"{mine.app}: its hosts at {mine.address} overlap with those of {theirs.app}",
            why="nobody could tell whose a request is",
            cure="give each application `hosts` of its own, or another address",
        )
