"""Whether a new release fits beside what is there: refused before anything starts, with the reason."""

from __future__ import annotations

from collections.abc import Mapping

from bluegreen.core.errors import InvalidInput
from bluegreen.core.model import AppState
from bluegreen.core.router_needs import unmet
from bluegreen.core.router_specs import RouterSpec, title_of
from bluegreen.core.spec import AppSpec
from bluegreen.engine.routing import front_of
from bluegreen.routers.base import Router


def refuse_unless_it_fits(spec: AppSpec, states: Mapping[str, AppState], router: Router) -> None:
    """Raise InvalidInput when the file asks for more than can be had.

    The address of a running application never changes, two applications on one address need hosts of their own, and
    the router must be able to do what the file asks.
    """
    own = states.get(spec.app)
    if own is not None and not own.down:
        _refuse_another_address(spec, own)
    for name, state in states.items():
        front = front_of(state) if not state.down else None
        if name != spec.app and front is not None:
            _refuse_overlap(spec, front)
    _refuse_more_than_it_can(spec, router)


def _refuse_more_than_it_can(spec: AppSpec, router: Router) -> None:
    title = title_of(spec.router)
    for lacking in unmet(spec, router.abilities if spec.router is None else spec.router.abilities):
        key = ".".join(map(str, lacking.key))
        raise InvalidInput(f"`{key}`: {title} {lacking.what}.", cure=f"{lacking.cure[:1].upper()}{lacking.cure[1:]}.")


def _refuse_another_address(spec: AppSpec, own: AppState) -> None:
    live = own.live_release
    if live is None:
        return
    if _place(live.spec.router) != _place(spec.router):
        raise InvalidInput(
            f"The router of {spec.app} is {title_of(live.spec.router)}; it cannot change while it serves.",
            why="Users come in through it: another one would have to take the address over without losing any.",
            cure="Keep `router` as it was, or run `bluegreen down` first.",
        )
    if live.spec.address != spec.address:
        raise InvalidInput(
            f"The address of {spec.app} is {live.spec.address}; it cannot become {spec.address} while it serves.",
            why="Users come in at one address that never changes.",
            cure="Keep the address, or run `bluegreen down` first.",
        )
    if (live.spec.tls is None) != (spec.tls is None):
        raise InvalidInput(
            f"{spec.app} cannot change between TLS and cleartext while it serves.",
            why="That would cut every connection to its address.",
            cure="Leave `tls` as it was, or run `bluegreen down` first.",
        )


def _refuse_overlap(spec: AppSpec, other: AppSpec) -> None:
    if not _same_port(spec.address, other.address):
        return
    if _place(spec.router) != _place(other.router):
        raise InvalidInput(
            f"{spec.address} is served by {title_of(other.router)} for {other.app}, not by {title_of(spec.router)}.",
            cure=f"Give {spec.app} the same `router`, or another port.",
        )
    if spec.address != other.address:
        raise InvalidInput(
            f"{spec.address} overlaps with {other.address} of {other.app}.",
            cure="Use the same address, or another port.",
        )
    if (spec.tls is None) != (other.tls is None):
        raise InvalidInput(
            f"{other.app} uses {spec.address} {'with' if other.tls else 'without'} TLS.", cure="Do the same."
        )
    if not spec.hosts or not other.hosts:
        without = other.app if not other.hosts else spec.app
        raise InvalidInput(
            f"{spec.app} and {other.app} share {spec.address}, but {without} has no `hosts`.",
            why="Without hosts an application takes every request of its address.",
            cure=f"Give {without} its `hosts`.",
        )
    for host in spec.hosts:
        for taken in other.hosts:
            if hosts_overlap(host, taken):
                raise InvalidInput(f"{host} overlaps with {taken}, which {other.app} has on {spec.address}.")


def _place(router: RouterSpec | None) -> tuple[str, ...]:
    return () if router is None else router.place


def _same_port(one: str, other: str) -> bool:
    (host, _, port), (host2, _, port2) = one.rpartition(":"), other.rpartition(":")
    everywhere = {"0.0.0.0", "[::]", "*", ""}  # noqa: S104 - compared, not bound
    return port == port2 and (host == host2 or bool({host, host2} & everywhere))


def hosts_overlap(one: str, other: str) -> bool:
    """Whether some host name matches both, each being a name or ``*.`` and a name."""
    if one.startswith("*.") and other.startswith("*."):
        return one.endswith(other[1:]) or other.endswith(one[1:])
    if one.startswith("*."):
        return other.endswith(one[1:])
    if other.startswith("*."):
        return one.endswith(other[1:])
    return one == other
