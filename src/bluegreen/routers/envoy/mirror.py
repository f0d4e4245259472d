"""Copies of users' requests for a collector, so that no user waits for it whatever it does.

A copy lives as long as its route allows, and ours have no time limit. So the cluster of the copies has one of its own,
and few places: a collector that was stopped in the middle holds so many copies for so long, and the rest are dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from bluegreen.core.prefixes import longest_prefix
from bluegreen.routers.base import Mirror
from bluegreen.routers.envoy.actions import routes_below
from bluegreen.routers.envoy.address import socket_address
from bluegreen.routers.envoy.part import Part
from bluegreen.routers.envoy.upstream import protocol_options

CONNECTIONS = 50
WAITING = 50
"""Copies that wait for a connection. Both together are the most that are held at once."""
LONGEST = "2s"
"""A copy that was not taken by then is dropped."""
PER_CENT = 10_000
"""Of a million."""


def mirror_name(app: str) -> str:
    """Name of the cluster of copies. With a ``~``: it is not a backend, and never counted as one."""
    return f"{app}/~mirror"


def mirror_cluster(app: str, mirror: Mirror, kind: str) -> dict[str, Any]:
    """The cluster of the collector; ``kind`` is the type of a cluster."""
    name = mirror_name(app)
    options = protocol_options("http1")
    for option in options.values():
        option["common_http_protocol_options"]["max_stream_duration"] = LONGEST
    limits = {"max_connections": CONNECTIONS, "max_pending_requests": WAITING, "max_requests": CONNECTIONS + WAITING}
    return {
        "@type": kind,
        "name": name,
        "type": "STATIC",
        "connect_timeout": "0.5s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": socket_address(mirror.address)}}]}],
        },
        "typed_extension_protocol_options": options,
        "circuit_breakers": {"thresholds": [{"priority": "DEFAULT", "max_retries": 0, **limits}]},
    }


def mirrored_routes(
    part: Part, prefixes: Collection[str], prefix: str, target: Mapping[str, Any], common: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The routes below this prefix whose requests are copied, before those of all the others; none without a mirror.

    ``prefixes`` are all that have routes of their own, this one included.
    """
    mirror = part.routing.mirror
    if mirror is None or not mirror.methods:
        return []
    copied = {**target, "request_mirror_policies": [_policy(part.app, mirror)]}
    only = {"headers": _may_be_copied(mirror)}
    return [route for place in _places(prefixes, mirror, prefix) for route in routes_below(place, copied, common, only)]


def _places(prefixes: Collection[str], mirror: Mirror, prefix: str) -> list[str]:
    """Where below this prefix, and below no longer one, requests may be copied."""
    if longest_prefix(prefix, mirror.paths) is not None:
        return [prefix]
    return sorted({path for path in mirror.paths if longest_prefix(path, prefixes) == prefix})


def _policy(app: str, mirror: Mirror) -> dict[str, Any]:
    share = {"numerator": round(mirror.share * PER_CENT), "denominator": "MILLION"}
    return {
        "cluster": mirror_name(app),
        "runtime_fraction": {"default_value": share},
        "disable_shadow_host_suffix_append": True,
        "request_headers_mutations": [{"remove": name} for name in mirror.without],
    }


def _may_be_copied(mirror: Mirror) -> list[dict[str, Any]]:
    """Neither upgrades nor streams: a copy of them would never be whole."""
    methods = "|".join(mirror.methods)
    return [
        {"name": ":method", "string_match": {"safe_regex": {"regex": methods}}},
        {"name": "upgrade", "present_match": False},
        _never("accept", {"contains": "text/event-stream"}),
        _never("content-type", {"prefix": "application/grpc"}),
    ]


def _never(name: str, match: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "string_match": match, "invert_match": True, "treat_missing_header_as_empty": True}
