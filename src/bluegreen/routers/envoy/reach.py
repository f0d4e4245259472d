"""Whether anybody listens behind an endpoint: Envoy only learns it from the first request that fails."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable

from bluegreen.routers.base import Backend
from bluegreen.routers.envoy.address import split

WITHIN = 0.25
"""Seconds. An instance that is too busy to take a connection by then is not dead."""


async def unreachable(backends: Iterable[Backend]) -> list[str]:
    """Names of those of which every instance refuses connections."""
    backends = sorted(backends, key=lambda backend: backend.name)
    refused = await asyncio.gather(*(_all_refuse(backend) for backend in backends))
    return [backend.name for backend, dead in zip(backends, refused, strict=True) if dead]


async def _all_refuse(backend: Backend) -> bool:
    return all(await asyncio.gather(*(_refuses(endpoint) for endpoint in backend.endpoints)))


async def _refuses(endpoint: str) -> bool:
    host, port = split(endpoint)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Bare sockets: this stands between a decision and its effect.
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            async with asyncio.timeout(WITHIN):
                await asyncio.get_running_loop().sock_connect(probe, (host, port))
        except TimeoutError:
            return False
        except OSError:
            return True
    return False
