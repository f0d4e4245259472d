"""Envoy's bootstrap: the only part of its configuration that never changes while it runs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from bluegreen.routers.envoy.access_log import ABANDONED, CUT
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.upstream import protocol_options

SAMPLER = "sampler"
"""The cluster of the process that is sent samples of answers; nothing need listen there."""

RUNTIME = {
    # Else a sampler that reads nothing holds up the answers of users once 16 MB of one are on the way to it.
    "envoy.reloadable_features.grpc_side_stream_flow_control": False,
}

STATS = (
    # Not those below ``NAME.external``, which say the same.
    r"cluster\..*/[^./]*\.(upstream_rq_(total|completed|[1-5]xx|active|pending_active|time|timeout|per_try_timeout"
    r"|rx_reset|tx_reset|cancelled|retry|retry_success|pending_overflow|pending_failure_eject)"
    r"|upstream_cx_(total|active|connect_fail)"
    r"|membership_(healthy|total)|outlier_detection\.ejections_active)",
    r"vhost\..*\.route\..*\.upstream_rq_(total|[1-5]xx|time|timeout)",
    r"http\..*\.(rds\..*|downstream_rq_(active|total|[1-5]xx|time|rx_reset|tx_reset)|downstream_cx_(active|total))",
    rf"({re.escape(CUT)}|{re.escape(ABANDONED)})\..*",
    r"(cluster_manager|listener_manager|sds|server)\..*",
)
"""The statistics that Envoy keeps: what bluegreen reads and a person would ask for. Each read of the admin socket
walks all of them on Envoy's main thread, so the hundred others per cluster would slow the switch down."""


def render(layout: Layout) -> bytes:
    """The bootstrap file."""
    bootstrap = {
        "node": {"id": "bluegreen", "cluster": "bluegreen"},
        "admin": {"address": _pipe(layout.admin_socket)},
        "dynamic_resources": {
            "cds_config": watch(layout.clusters),
            "lds_config": watch(layout.listeners),
        },
        "static_resources": {"clusters": [_sampler(layout)]},
        "stats_config": {
            "stats_matcher": {"inclusion_list": {"patterns": [{"safe_regex": {"regex": p}} for p in STATS]}}
        },
        # Envoy gathers times from its threads only then.
        "stats_flush_interval": "0.5s",
        "layered_runtime": {"layers": [{"name": "static", "static_layer": RUNTIME}]},
    }
    return json.dumps(bootstrap, indent=1).encode()


def watch(file: Path) -> dict[str, Any]:
    """A configuration source: read this file again whenever something is moved into its folder."""
    return {
        "resource_api_version": "V3",
        "path_config_source": {"path": str(file), "watched_directory": {"path": str(file.parent)}},
    }


def _sampler(layout: Layout) -> dict[str, Any]:
    return {
        "name": SAMPLER,
        "connect_timeout": "1s",
        "type": "STATIC",
        "typed_extension_protocol_options": protocol_options("http2"),
        "load_assignment": {
            "cluster_name": SAMPLER,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _pipe(layout.sampler_socket)}}]}],
        },
    }


def _pipe(path: Path) -> dict[str, Any]:
    return {"pipe": {"path": str(path), "mode": 0o600}}
