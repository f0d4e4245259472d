"""What the default router is told of an application that has a router of its own, and what the two tell together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from bluegreen.core.model import Color, Traffic
from bluegreen.core.router_specs import Abilities, Dns
from bluegreen.routers.base import Direct, Measured, Measurement, Routing, Times

_NOTHING = Measured(Traffic(), {})


def inside(routing: Routing) -> Routing:
    """The part of the default router: previews and internal listeners, and nothing that users' requests need, but
    for what DNS leads them to."""
    direct = _direct(routing)
    return replace(
        routing,
        address=None,
        hosts=routing.hosts if direct else (),
        tls=routing.tls if direct else None,
        direct=direct,
        failover=False,
        preview_key=None,
        sticky=None,
        pinned={},
        mirror=None,
        sampled=0.0,
        router=None,
    )


def _direct(routing: Routing) -> tuple[Direct, ...]:
    """Each environment's own addresses, with the port at which users ask."""
    if not isinstance(routing.router, Dns) or routing.address is None:
        return ()
    port = routing.address.rpartition(":")[2]
    return tuple(
        Direct(f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}", color)
        for color in Color
        for ip in routing.router.addresses(color)
    )


def users_of(routing: Routing, able: Abilities) -> Routing:
    """The part of the application's own router: what takes users' requests, and what it is able to do with them."""
    return replace(
        routing,
        tls=routing.tls if able.tls else None,
        backends=tuple(backend for backend in routing.backends if backend.receives),
        preview_address=None,
        preview=routing.preview if able.preview_key else None,
        internals=(),
        failover=routing.failover and able.failover,
        preview_key=routing.preview_key if able.preview_key else None,
        sticky=routing.sticky if able.sticky else None,
        pinned=routing.pinned if able.pinned else {},
        mirror=routing.mirror if able.mirror else None,
        sampled=routing.sampled if able.sample else 0.0,
    )


def joined(
    inner: Mapping[str, Traffic], users: Mapping[str, Traffic], *, arrive: bool = False
) -> Mapping[str, Traffic]:
    """The counters of both routers. Who is healthy is what the router of the users says.

    ``arrive``: users come in at the default router, and are counted there, whatever leads them to it.
    """
    if arrive:
        users = {name: replace(each, counted=True) for name, each in users.items()}
    return {**inner, **{name: _added(inner.get(name, Traffic()), users[name]) for name in users}}


def _added(inner: Traffic, users: Traffic) -> Traffic:
    return Traffic(
        requests=inner.requests + users.requests,
        failed=inner.failed + users.failed,
        active=inner.active + users.active,
        healthy=users.healthy,
        answered=inner.answered + users.answered,
        explicit=inner.explicit + users.explicit,
        held_until=max(inner.held_until, users.held_until),
        held_why=users.held_why or inner.held_why,
        counted=inner.counted and users.counted,
    )


def measured_by_both(inner: Measurement, users: Measurement) -> Measurement:
    """The measurements of both routers as one; of the moment at which the slower one was read."""
    backends = dict(inner.backends)
    for name, measured in users.backends.items():
        own = backends.get(name, _NOTHING)
        backends[name] = Measured(_added(own.traffic, measured.traffic), _times(own.times, measured.times))
    return Measurement(max(inner.at, users.at), backends)


def _times(one: Times, other: Times) -> Times:
    return {bound: one.get(bound, 0) + other.get(bound, 0) for bound in {*one, *other}}


def without(measurement: Measurement, apps: Collection[str]) -> Measurement:
    """The measurement without the environments of these applications: what their users do is not known.

    What the default router has counted of them would look like users who ask for nothing.
    """
    return replace(
        measurement,
        backends={name: measured for name, measured in measurement.backends.items() if not _is_of(name, apps)},
    )


def _is_of(backend: str, apps: Collection[str]) -> bool:
    app, place, *_ = backend.split("/")
    return app in apps and place != "shared"
