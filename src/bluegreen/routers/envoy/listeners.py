"""Listeners: added or removed, never modified, since any change of one cuts its streams."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bluegreen.routers.base import Direct
from bluegreen.routers.envoy.address import socket_address
from bluegreen.routers.envoy.http import direct_filter, inside_filter, public_filter
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.part import Part
from bluegreen.routers.envoy.routes import direct_name, internal_name, preview_name
from bluegreen.routers.envoy.tls import filter_chain

TYPE = "type.googleapis.com/envoy.config.listener.v3.Listener"


def render(layout: Layout, parts: Iterable[Part]) -> list[dict[str, Any]]:
    """All listeners of these applications."""
    parts = sorted(parts, key=lambda part: part.app)
    public = sorted({part.routing.address for part in parts if part.routing.address is not None})
    listeners = [_public(layout, address, parts) for address in public]
    for part in parts:
        for name, address in inside_addresses(part).items():
            listeners.append(_listener(name, address, [{"filters": [inside_filter(layout, name)]}]))
        listeners += [_direct(layout, direct, part) for direct in part.routing.direct]
    return listeners


def inside_addresses(part: Part) -> dict[str, str]:
    """Address by name of each preview and internal listener."""
    addresses = {internal_name(internal.name): internal.address for internal in part.routing.internals}
    if part.routing.preview_address:
        addresses[preview_name(part.app)] = part.routing.preview_address
    return addresses


def addresses(part: Part) -> list[str]:
    """Every address that this application listens on."""
    public = [part.routing.address] if part.routing.address is not None else []
    return [*public, *(direct.address for direct in part.routing.direct), *inside_addresses(part).values()]


def _public(layout: Layout, address: str, parts: list[Part]) -> dict[str, Any]:
    here = [part for part in parts if part.routing.address == address]
    http = public_filter(layout, address)
    encrypted = [part for part in here if part.routing.tls]
    if not encrypted:
        return _listener(f"public/{address}", address, [{"filters": [http]}])
    return _encrypted(f"public/{address}", address, [filter_chain(layout, part, http) for part in encrypted])


def _direct(layout: Layout, direct: Direct, part: Part) -> dict[str, Any]:
    name = direct_name(direct)
    http = direct_filter(layout, name)
    if part.routing.tls is None:
        return _listener(name, direct.address, [{"filters": [http]}])
    return _encrypted(name, direct.address, [filter_chain(layout, part, http)])


def _encrypted(name: str, address: str, chains: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        # Another name than without TLS: Envoy then replaces the listener instead of changing it.
        **_listener(f"{name}/tls", address, chains),
        "listener_filters": [
            {
                "name": "envoy.filters.listener.tls_inspector",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"
                },
            }
        ],
    }


def _listener(name: str, address: str, chains: list[dict[str, Any]]) -> dict[str, Any]:
    return {"@type": TYPE, "name": name, "address": socket_address(address), "filter_chains": chains}
