"""How Envoy talks to instances, whatever they are."""

from __future__ import annotations

from typing import Any, Literal

IDLE = "1.5s"
"""How long an unused connection to an instance is kept: shorter than any usual server's keep-alive (gunicorn 2 s,
Node.js and uvicorn 5 s), so that a request never meets a connection that the other end is just closing."""


def protocol_options(protocol: Literal["http1", "http2"]) -> dict[str, Any]:
    """The value of a cluster's ``typed_extension_protocol_options``."""
    explicit: dict[str, Any] = (
        {"http2_protocol_options": {"allow_connect": True}} if protocol == "http2" else {"http_protocol_options": {}}
    )
    return {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": explicit,
            "common_http_protocol_options": {"idle_timeout": IDLE},
        }
    }
