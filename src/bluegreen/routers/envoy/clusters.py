"""Clusters: one for each backend, and for failover one more over each pair."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from bluegreen.core.model import Color
from bluegreen.routers.base import Backend
from bluegreen.routers.envoy.address import socket_address
from bluegreen.routers.envoy.mirror import mirror_cluster, mirror_name
from bluegreen.routers.envoy.part import Part
from bluegreen.routers.envoy.upstream import protocol_options

TYPE = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
UNLIMITED = 1_000_000
"""The defaults (1,024 requests, 3 retries) answer 503 under load and make retries useless when an instance dies."""

EXPLICIT = "~explicit"
"""Ends the name of a backend's second cluster, for requests that named their environment themselves: those of the
first one are users' requests, and nothing else."""


def render(parts: Iterable[Part]) -> list[dict[str, Any]]:
    """All clusters of these applications."""
    clusters: dict[str, dict[str, Any]] = {}
    for part in parts:
        for backend in part.routing.backends:
            clusters[backend.name] = _cluster(part.app, backend)
        for name in sorted(explicit_backends(part)):
            alias = replace(part.backends[name], name=name + EXPLICIT)
            clusters[alias.name] = _cluster(part.app, alias)
        for first, second in sorted(failover_pairs(part)):
            clusters[failover_name(first, second)] = _failover(first, second)
        if part.routing.mirror is not None:
            clusters[mirror_name(part.app)] = mirror_cluster(part.app, part.routing.mirror, TYPE)
    return list(clusters.values())


def failover_name(first: str, second: str) -> str:
    """Name of the cluster that uses ``second`` when nothing of ``first`` is left."""
    return f"{first}|{second}"


def failover_pairs(part: Part) -> set[tuple[str, str]]:
    """Both directions, so that a switch needs no new cluster. A preview is never answered by another release."""
    pairs: set[tuple[str, str]] = set()
    if not part.routing.failover:
        return pairs
    for prefix in part.prefixes:
        for color in Color:
            first, second = part.backend_at(color, prefix), part.backend_at(color.other, prefix)
            if first and second and first != second:
                pairs.add((first, second))
                if color in part.routing.pinned:
                    pairs.add((first + EXPLICIT, second))
    return pairs


def explicit_backends(part: Part) -> set[str]:
    """Names of the backends that have a second cluster: all that take requests, where some request could name them.

    Not only those that can be named now: the preview moves on with each switch, and what was counted would be gone.
    """
    if not (part.routing.pinned or part.routing.preview_key):
        return set()
    return {name for paths in part.routing.paths.values() for name in paths.prefixes.values()}


def cluster_at(part: Part, color: Color, prefix: str, ending: str = "") -> str | None:
    """The cluster to which requests for this environment go below a prefix, ``ending`` as in `EXPLICIT`."""
    first, second = part.backend_at(color, prefix), part.backend_at(color.other, prefix)
    if first is None:
        return None
    if second and (first + ending, second) in failover_pairs(part):
        return failover_name(first + ending, second)
    return first + ending


def _cluster(app: str, backend: Backend) -> dict[str, Any]:
    color = str(backend.color) if backend.color else "shared"
    facts = {"app": app, "release": backend.release, "color": color, "backend": backend.name}
    metadata = {"filter_metadata": {"bluegreen": facts}}
    endpoints = [
        {"endpoint": {"address": socket_address(endpoint)}, "metadata": metadata} for endpoint in backend.endpoints
    ]
    return {
        "@type": TYPE,
        "name": backend.name,
        "type": "STATIC",
        "connect_timeout": "2s",
        "lb_policy": "LEAST_REQUEST",
        "metadata": metadata,
        "load_assignment": {
            "cluster_name": backend.name,
            "endpoints": [{"lb_endpoints": endpoints}],
            # One instance left takes everything: only total death leads to the other environment.
            "policy": {"overprovisioning_factor": UNLIMITED},
        },
        # With every instance left out each is tried all the same: the one that was started again answers at once.
        # And told at once: by default Envoy gathers such news for a second, in which the last one dead is still tried.
        "common_lb_config": {"healthy_panic_threshold": {"value": 1}, "update_merge_window": "0s"},
        "typed_extension_protocol_options": protocol_options(backend.protocol),
        "upstream_connection_options": {"tcp_keepalive": {}},
        "circuit_breakers": _breakers(),
        "outlier_detection": _outlier_detection(),
    }


def _breakers() -> dict[str, Any]:
    limits = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
    return {"thresholds": [{"priority": "DEFAULT", **dict.fromkeys(limits, UNLIMITED)}]}


def _outlier_detection() -> dict[str, Any]:
    """An instance is left out after failures to reach it, never because of what it answers: that is for guards."""
    return {
        "split_external_local_origin_errors": True,
        "consecutive_local_origin_failure": 2,
        "enforcing_consecutive_local_origin_failure": 100,
        "enforcing_consecutive_5xx": 0,
        "enforcing_consecutive_gateway_failure": 0,
        "enforcing_success_rate": 0,
        "enforcing_local_origin_success_rate": 0,
        "interval": "1s",
        "base_ejection_time": "1s",
        "max_ejection_time": "10s",
        "max_ejection_percent": 100,
    }


def _failover(first: str, second: str) -> dict[str, Any]:
    """Separate clusters stay below it, so that each environment keeps its own figures."""
    return {
        "@type": TYPE,
        "name": failover_name(first, second),
        # Envoy counts answers, failures, retries and times for the cluster that the route names. They belong to the
        # environment that it names, and stay with it when the other one behind it goes.
        "alt_stat_name": first,
        "connect_timeout": "2s",
        "lb_policy": "CLUSTER_PROVIDED",
        "cluster_type": {
            "name": "envoy.clusters.aggregate",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig",
                "clusters": [first, second],
            },
        },
        # The first cluster's own threshold lets it try dead instances; here they must count as dead.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "circuit_breakers": _breakers(),
    }
