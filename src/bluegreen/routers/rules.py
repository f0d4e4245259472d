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
        check_paths(routing, route)


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
    check_epoch(app, has, route)
    check_paths(routing, route)
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


def check_epoch(app: str, has: Route | None, route: Route) -> None:
    """Raises StaleEpoch when the route in force is newer, or another one of the same epoch."""
    if has is not None and (route.epoch < has.epoch or (route.epoch == has.epoch and route != has)):
        raise StaleEpoch(app, route.epoch, has.epoch)


def check_paths(routing: Routing, route: Route) -> None:
    """Raises PermanentError when the route names an environment that takes no requests."""
    for color, share in route.shares.items():
        if share > 0 and (color not in routing.paths or not routing.paths[color].prefixes):
            raise PermanentError(
                f"{routing.app}: the route names {color}, which takes no requests",
                why=f"no backend of {color} is prepared to receive users",
                cure=f"start a release in {color} first",
            )


def _check_hosts(mine: Routing, theirs: Routing) -> None:
    if mine.address is not None and mine.address == theirs.address:
        check_hosts(mine, theirs)


def check_hosts(mine: Routing, theirs: Routing) -> None:
    """Raises PermanentError when two applications at one address would take the same host's requests."""
    clash = next((f"{m} and {t}" for m in mine.hosts for t in theirs.hosts if _hosts_overlap(m, t)), None)
    if not mine.hosts or not theirs.hosts or clash:
        raise PermanentError(
            f"{mine.app}: the address {mine.address} is shared with {theirs.app}, and their hosts overlap",
            why=clash or f"{theirs.app if mine.hosts else mine.app} has no `hosts` and so takes them all",
            cure="give each application `hosts` of its own, or another address",
        )


def _hosts_overlap(one: str, other: str) -> bool:
    pairs = ((one, other), (other, one))
    return one == other or any(wild.startswith("*") and name.endswith(wild[1:]) for wild, name in pairs)
