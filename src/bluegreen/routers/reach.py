"""Whether anybody listens behind an endpoint: most routers only learn it from the first request that fails."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable

from bluegreen.routers.base import Backend

WITHIN = 0.25
"""Seconds. An instance that is too busy to take a connection by then is not dead."""


async def unreachable(backends: Iterable[Backend]) -> list[str]:
    """Names of those of which every instance refuses connections."""
    backends = sorted(backends, key=lambda backend: backend.name)
    refused = await asyncio.gather(*(_all_refuse(backend) for backend in backends))
    return [backend.name for backend, dead in zip(backends, refused, strict=True) if dead]


async def reachable(backends: Iterable[Backend]) -> dict[str, int]:
    """How many instances of each backend take connections, by its name."""
    backends = list(backends)
    counts = await asyncio.gather(*(_taking(backend) for backend in backends))
    return {backend.name: count for backend, count in zip(backends, counts, strict=True)}


async def _taking(backend: Backend) -> int:
    return [*await asyncio.gather(*(_refuses(endpoint) for endpoint in backend.endpoints))].count(False)


async def _all_refuse(backend: Backend) -> bool:
    return await _taking(backend) == 0


async def _refuses(endpoint: str) -> bool:
    host, _, port = endpoint.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Bare sockets: this stands between a decision and its effect.
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            async with asyncio.timeout(WITHIN):
                await asyncio.get_running_loop().sock_connect(probe, (host, int(port)))
        except TimeoutError:
            return False
        except OSError:
            return True
    return False
