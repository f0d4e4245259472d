"""How Envoy talks to users and between components: the HTTP connection manager of every listener."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bluegreen.routers.envoy.access_log import abandoned_counter, access_log, cut_counter
from bluegreen.routers.envoy.bootstrap import watch
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.routes import INSIDE, LISTENER_HEADER
from bluegreen.routers.envoy.sampling import sampler

EXTENSIONS = "type.googleapis.com/envoy.extensions.filters"


_STRANGERS: dict[str, Any] = {
    "use_remote_address": True,
    "skip_xff_append": True,
    # Nobody: an internal client may steer Envoy with x-envoy-* headers.
    "internal_address_config": {"cidr_ranges": [{"address_prefix": "255.255.255.255", "prefix_len": 32}]},
}
"""Clients are believed nothing about where they come from."""


def public_filter(layout: Layout, address: str) -> dict[str, Any]:
    """The filter of a public listener."""
    return _filter(layout, f"public.{address}", _rds(layout.routes(address), address), _STRANGERS)


def direct_filter(layout: Layout, name: str) -> dict[str, Any]:
    """The filter of a public listener that leads to one environment for good."""
    return _filter(layout, f"public.{name}", _rds(layout.routes(INSIDE), INSIDE), {**_STRANGERS, **_named(name)})


def inside_filter(layout: Layout, name: str) -> dict[str, Any]:
    """The filter of a preview or internal listener; what came in at the public one is passed on."""
    return _filter(layout, INSIDE, _rds(layout.routes(INSIDE), INSIDE), _named(name))


def _named(name: str) -> dict[str, Any]:
    """Tells the routes which listener a request came in at."""
    mutation = {
        "append": {
            "header": {"key": LISTENER_HEADER, "value": name.lower()},
            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
        }
    }
    config = {
        "@type": "type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
        "mutations": [mutation],
    }
    extension = {"name": "envoy.http.early_header_mutation.header_mutation", "typed_config": config}
    return {"early_header_mutation_extensions": [extension]}


def _filter(layout: Layout, stat_prefix: str, rds: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
            "@type": f"{EXTENSIONS}.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": stat_prefix,
            "codec_type": "AUTO",
            "rds": rds,
            "http_filters": [sampler(), _router()],
            "access_log": [access_log(layout.access_log), cut_counter(), abandoned_counter()],
            "upgrade_configs": [{"upgrade_type": "websocket"}],
            "http_protocol_options": {"accept_http_10": True, "default_host_for_http_10": "localhost"},
            "http2_protocol_options": {"allow_connect": True, "max_concurrent_streams": 1000},
            "stream_idle_timeout": "0s",
            "request_headers_timeout": "60s",
            "generate_request_id": False,
            "server_header_transformation": "PASS_THROUGH",
            "normalize_path": True,
            **more,
        },
    }


def _rds(file: Path, name: str) -> dict[str, Any]:
    return {"route_config_name": name, "config_source": watch(file)}


def _router() -> dict[str, Any]:
    return {
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": f"{EXTENSIONS}.http.router.v3.Router", "suppress_envoy_headers": True},
    }
