"""Whether anybody listens behind an endpoint: Envoy only learns it from the first request that fails."""

from __future__ import annotations

import asyncio
import contextlib
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
    try:
        async with asyncio.timeout(WITHIN):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return False
    except OSError:
        return True
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return False
