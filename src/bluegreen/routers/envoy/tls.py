"""TLS of public listeners: one filter chain for each application, certificates from files of our own."""

from __future__ import annotations

import re
from typing import Any

from bluegreen.routers.envoy.bootstrap import watch
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.part import Part
from bluegreen.routers.envoy.publisher import Subscription


def filter_chain(layout: Layout, part: Part, http: dict[str, Any]) -> dict[str, Any]:
    """An application's chain. Adding one to a listener leaves the connections of the others alone."""
    secret = {"name": secret_name(part.app), "sds_config": watch(layout.certificate(part.app))}
    context = {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        "common_tls_context": {
            "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
            "alpn_protocols": ["h2", "http/1.1"],
            "tls_certificate_sds_secret_configs": [secret],
        },
    }
    match = {"filter_chain_match": {"server_names": list(part.routing.hosts)}} if part.routing.hosts else {}
    return {
        **match,
        "name": part.app,
        "filters": [http],
        "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": context},
    }


def secret_name(app: str) -> str:
    """Name of an application's certificate at Envoy."""
    return f"tls/{app}"


def secret(app: str, chain: str, key: str) -> dict[str, Any]:
    """An application's certificate chain and private key as Envoy's resource."""
    return {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
        "name": secret_name(app),
        "tls_certificate": {"certificate_chain": {"inline_string": chain}, "private_key": {"inline_string": key}},
    }


def secret_subscription(layout: Layout, app: str) -> Subscription:
    """The subscription of an application's certificate."""
    return Subscription(layout.certificate(app), rf"sds\.{re.escape(secret_name(app))}")
