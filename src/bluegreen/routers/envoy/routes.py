"""Route configurations: the only thing that a switch changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bluegreen.core.model import Color, Route
from bluegreen.routers.base import Direct, Paths
from bluegreen.routers.envoy.actions import answer, forwarded, rest, routes_below
from bluegreen.routers.envoy.clusters import EXPLICIT, cluster_at, explicit_backends
from bluegreen.routers.envoy.explicit import PREVIEW_HEADER, explicit_routes, preview_routes
from bluegreen.routers.envoy.mirror import mirrored_routes
from bluegreen.routers.envoy.part import Part
from bluegreen.routers.envoy.sampling import sampled_route
from bluegreen.routers.envoy.sticky import sticky_routes

TYPE = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
INSIDE = "inside"
"""One route configuration for all preview and internal listeners: each file that Envoy watches takes one of the few
inotify instances that a user may have."""

LISTENER_HEADER = "x-bluegreen-listener"
"""Set by each inside listener to its own name, and taken off again before an instance sees the request."""

ENVOY_HEADERS = ["x-envoy-external-address", "x-envoy-internal"]
"""What Envoy adds to each request beside the usual headers."""


def public(address: str, parts: Iterable[Part]) -> dict[str, Any]:
    """The route configuration of a public address, with one virtual host for each application there."""
    here = sorted((part for part in parts if part.routing.address == address), key=lambda part: part.app)
    hosts = [_public_host(part) for part in here]
    if all(part.routing.hosts for part in here):
        hosts.append(_host("-", ["*"], [answer(404, "no application has this host name")]))
    return {
        **_configuration(address, hosts),
        "ignore_port_in_host_matching": True,
        "request_headers_to_add": forwarded(),
        "request_headers_to_remove": [PREVIEW_HEADER, *ENVOY_HEADERS],
    }


def inside(parts: Iterable[Part]) -> dict[str, Any]:
    """The route configuration of all preview and internal listeners, with one virtual host for each."""
    hosts: list[dict[str, Any]] = []
    for part in sorted(parts, key=lambda part: part.app):
        if part.routing.preview_address:
            hosts.append(_preview_host(part))
        for internal in part.routing.internals:
            paths = Paths({"/": internal.backend} if internal.backend else {})
            hosts.append(_inside_host(internal_name(internal.name), part, paths))
        for direct in part.routing.direct:
            paths = part.routing.paths.get(direct.color, Paths())
            host = _inside_host(direct_name(direct), part, paths)
            hosts.append({**host, "request_headers_to_add": forwarded()})
    return {
        **_configuration(INSIDE, hosts),
        "vhost_header": LISTENER_HEADER,
        "request_headers_to_remove": [LISTENER_HEADER, PREVIEW_HEADER, *ENVOY_HEADERS],
    }


def preview_name(app: str) -> str:
    """Name of an application's preview listener."""
    return f"preview/{app}"


def internal_name(name: str) -> str:
    """Name of an internal listener."""
    return f"internal/{name}"


def direct_name(direct: Direct) -> str:
    """Name of the listener at an environment's own public address."""
    return f"direct/{direct.color}/{direct.address}"


def stat_prefix(route: Route) -> str:
    """Names the statistics of an application's public routes at one epoch: ``e12_green``, ``e13_split``."""
    return f"e{route.epoch}_{route.sole or 'split'}"


def _configuration(name: str, hosts: list[dict[str, Any]]) -> dict[str, Any]:
    return {"@type": TYPE, "name": name, "validate_clusters": True, "virtual_hosts": hosts}


def _host(name: str, domains: list[str], routes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "domains": domains, "routes": routes}


def _public_host(part: Part) -> dict[str, Any]:
    route = part.route
    domains = list(part.routing.hosts) or ["*"]
    if route is None or not route.shares:
        host = _host(part.app, domains, [*preview_routes(part), answer(503, "no release is live yet")])
    else:
        host = _host(part.app, domains, _public_routes(part, route))
    facts: dict[str, Any] = {"app": part.app}
    if route is not None:
        facts |= {"epoch": route.epoch, "shares": {str(color): share for color, share in route.shares.items()}}
    return {**host, "metadata": {"filter_metadata": {"bluegreen": facts}}}


def _public_routes(part: Part, route: Route) -> list[dict[str, Any]]:
    routes: list[dict[str, Any]] = []
    common = {
        "stat_prefix": stat_prefix(route),
        "metadata": {"filter_metadata": {"bluegreen": {"app": part.app, "epoch": route.epoch}}},
    }
    prefixes = sorted({*part.prefixes, *part.sampled}, key=lambda prefix: (-len(prefix), prefix))
    for prefix in prefixes:
        routes += explicit_routes(part, prefix)
        targets = _targets(part, route, prefix)
        found = sticky_routes(part, route, prefix, targets, common)
        if targets and not found:
            target = _split(route, targets)
            if route.sole is not None:
                found += mirrored_routes(part, prefixes, prefix, target, common)
            found += routes_below(prefix, target, common)
        routes += _sampled(part, prefix, targets, found)
    return [*routes, *rest(routes)]


def _sampled(
    part: Part, prefix: str, targets: Mapping[Color, str], found: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    if prefix not in part.sampled:
        return found
    backends = {cluster: part.backend_at(color, prefix) or "" for color, cluster in targets.items()}
    return [sampled_route(one, part.routing.sampled, backends) for one in found]


def _targets(part: Part, route: Route, prefix: str) -> dict[Color, str]:
    """The cluster of each environment that takes users below this prefix; one without it gets none of them."""
    clusters = {color: cluster_at(part, color, prefix) for color, share in sorted(route.shares.items()) if share > 0}
    return {color: cluster for color, cluster in clusters.items() if cluster}


def _split(route: Route, targets: Mapping[Color, str]) -> dict[str, Any]:
    if len(targets) == 1:
        return {"cluster": next(iter(targets.values()))}
    weights = [{"name": cluster, "weight": route.share(color)} for color, cluster in targets.items()]
    return {"weighted_clusters": {"clusters": weights}}


def _preview_host(part: Part) -> dict[str, Any]:
    color = part.routing.preview
    paths = part.routing.paths.get(color, Paths()) if color else Paths()
    # What checks and people ask of it is not what users got: it is counted beside that, where there is a place for it.
    beside = explicit_backends(part)
    clusters = {prefix: name + EXPLICIT if name in beside else name for prefix, name in paths.prefixes.items()}
    return _inside_host(preview_name(part.app), part, Paths(clusters))


def _inside_host(name: str, part: Part, paths: Paths) -> dict[str, Any]:
    common = {"metadata": {"filter_metadata": {"bluegreen": {"app": part.app}}}}
    routes: list[dict[str, Any]] = []
    for prefix in sorted(paths.prefixes, key=lambda prefix: (-len(prefix), prefix)):
        routes += routes_below(prefix, {"cluster": paths.prefixes[prefix]}, common)
    if not routes:
        return _host(name, [name.lower()], [answer(503, "nothing runs behind this address now")])
    return _host(name, [name.lower()], [*routes, *rest(routes)])
