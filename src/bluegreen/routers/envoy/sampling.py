"""Which answers Envoy shows to the sampler: a part of what each route sends to each environment, by one draw.

Envoy draws one random number for a request. A `runtime_fraction` beside a split would use that same number, and
sample one side of the split only: so the sampled part of each environment is an entry of the split itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bluegreen.routers.envoy.bootstrap import SAMPLER

FILTER = "envoy.filters.http.ext_proc"
TYPES = "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3"

BACKEND_HEADER = "x-bluegreen-backend"
"""What the sampler is told of a sample beside what Envoy shows of it: the name of the backend that it was sent to."""
FINE = 100
"""Into so many parts each per cent of a share is divided: the least that can be sampled is 0.01 %."""


def sampler() -> dict[str, Any]:
    """The filter that shows answers to the sampler, which no request ever waits for: in every listener, and off until
    a route turns it on, since it cannot be added later without changing the listener."""
    config = {
        "@type": f"{TYPES}.ExternalProcessor",
        "grpc_service": {"envoy_grpc": {"cluster_name": SAMPLER}, "timeout": "0.2s"},
        "observability_mode": True,
        "failure_mode_allow": True,
        "processing_mode": {
            "request_header_mode": "SEND",
            "response_header_mode": "SEND",
            "request_body_mode": "NONE",
            "response_body_mode": "STREAMED",
        },
    }
    return {"name": FILTER, "disabled": True, "typed_config": config}


def sampled_route(route: Mapping[str, Any], share: float, backends: Mapping[str, str]) -> dict[str, Any]:
    """The route, with ``share`` per cent of its requests sampled.

    ``backends`` holds the backend's name for each cluster that the route may name; others are left alone.
    """
    action = dict(route["route"])
    cluster = action.pop("cluster", None)
    weights = action.get("weighted_clusters", {}).get("clusters") or [{"name": cluster, "weight": 100}]
    action["weighted_clusters"] = {"clusters": [part for weight in weights for part in _parts(weight, share, backends)]}
    return {**route, "route": action}


def _parts(weight: Mapping[str, Any], share: float, backends: Mapping[str, str]) -> list[dict[str, Any]]:
    """The sampled and the other part of one entry of a split."""
    whole = weight["weight"] * 100 * FINE
    sampled = max(1, min(whole, round(weight["weight"] * share * FINE))) if weight["name"] in backends else 0
    parts = []
    if sampled:
        shown = {FILTER: _shown(backends[weight["name"]])}
        parts.append({**weight, "weight": sampled, "typed_per_filter_config": shown})
    if whole > sampled:
        parts.append({**weight, "weight": whole - sampled})
    return parts


def _shown(backend: str) -> dict[str, Any]:
    overrides = {"grpc_initial_metadata": [{"key": BACKEND_HEADER, "value": backend}]}
    return {
        # Turns the filter on, which is off in every listener.
        "@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig",
        "config": {"@type": f"{TYPES}.ExtProcPerRoute", "overrides": overrides},
    }
