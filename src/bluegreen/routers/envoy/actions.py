"""What becomes of a request that a route has matched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

IDEMPOTENT = "GET|HEAD|OPTIONS"


def routes_below(
    prefix: str, target: Mapping[str, Any], common: Mapping[str, Any], only: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Two routes: what may be sent twice is also tried again when the connection breaks.

    ``only`` is what else a request must match.
    """
    match = {**_below(prefix), **(only or {})}
    methods = {"name": ":method", "string_match": {"safe_regex": {"regex": IDEMPOTENT}}}
    twice = {**match, "headers": [methods, *match.get("headers", ())]}
    return [
        {"match": twice, "route": _action(target, "reset"), **common},
        {"match": match, "route": _action(target, "connect-failure,refused-stream"), **common},
    ]


def _below(prefix: str) -> dict[str, Any]:
    return {"prefix": "/"} if prefix == "/" else {"path_separated_prefix": prefix}


def _action(target: Mapping[str, Any], retry_on: str) -> dict[str, Any]:
    return {
        **target,
        "timeout": "0s",
        "retry_policy": {
            "retry_on": retry_on,
            "num_retries": 6,
            "retry_host_predicate": [
                {
                    "name": "envoy.retry_host_predicates.previous_hosts",
                    "typed_config": {
                        "@type": "type.googleapis.com/"
                        "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
                    },
                }
            ],
            "host_selection_retry_max_attempts": 5,
            "retry_back_off": {"base_interval": "0.005s", "max_interval": "0.050s"},
        },
    }


def rest(routes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What answers to paths that none of these routes takes."""
    if any(route["match"] == _below("/") for route in routes):
        return []
    return [answer(404, "no component receives this path")]


def answer(status: int, why: str, prefix: str = "/", only: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A route for everything below the prefix, that Envoy itself answers."""
    body = json.dumps({"title": why, "status": status})
    return {
        "match": {**_below(prefix), **(only or {})},
        "direct_response": {"status": status, "body": {"inline_string": body}},
        "response_headers_to_add": [_header("content-type", "application/problem+json")],
    }


def forwarded() -> list[dict[str, Any]]:
    """Headers that tell an instance where a request came from and what was asked for."""
    sender = {"key": "x-forwarded-for", "value": "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"}
    return [
        # Envoy itself would append the machine's own address for a client on loopback.
        {"header": sender, "append_action": "APPEND_IF_EXISTS_OR_ADD"},
        _header("x-forwarded-host", "%REQ(:AUTHORITY)%"),
        _header("x-forwarded-port", "%DOWNSTREAM_LOCAL_PORT%"),
    ]


def _header(key: str, value: str) -> dict[str, Any]:
    return {"header": {"key": key, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
