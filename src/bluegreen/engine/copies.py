"""Copies of users' requests for a check, for as long as it needs them and no longer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from bluegreen.core.errors import BluegreenError
from bluegreen.core.spec import ShadowCheck
from bluegreen.engine.front import Front
from bluegreen.routers.base import Mirror

ENDED_WITHIN = 2.0
"""Seconds that the end of a check waits for the router; else it is told at rest (`Front.keep_prepared`)."""


@contextlib.asynccontextmanager
async def copies(front: Front, address: str, check: ShadowCheck) -> AsyncIterator[None]:
    """Let copies come to an address while this is entered; see `bluegreen.checks.base.Copies`.

    They are no part of the state: a controller that is killed starts again without them, and tells the router so.
    """
    front.mirror = Mirror(address, check.share, check.methods, check.paths, check.removed)
    try:
        await front.keep_prepared()
        yield
    finally:
        front.mirror = None
        with contextlib.suppress(BluegreenError, TimeoutError):
            async with asyncio.timeout(ENDED_WITHIN):
                await front.keep_prepared()
