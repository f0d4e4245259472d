"""The proof of a switch: that every worker thread of Envoy follows the new route."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass

from bluegreen.core.errors import TemporaryError
from bluegreen.core.model import Route
from bluegreen.routers.envoy.admin import Admin
from bluegreen.routers.envoy.publisher import Publisher, Rejected, Subscription
from bluegreen.routers.envoy.routes import stat_prefix

WITHIN = 2.0
"""Seconds after which a switch counts as not confirmed."""

STILL = 0.010
"""Seconds for which the previous route's counters must stand still while streams still hold on to them."""

POLL = 0.001
LOOK_FOR_REFUSAL = 0.020


@dataclass(frozen=True)
class Before:
    """What was true of a subscription before its file was moved into place."""

    refused: int
    """Updates that Envoy had refused."""
    log_at: int
    """Where its log ended."""


class Confirmer:
    """Waits until one update of a public address's routes is in force."""

    def __init__(self, admin: Admin, publisher: Publisher, subscription: Subscription, before: Before) -> None:
        self._admin = admin
        self._publisher = publisher
        self._subscription = subscription
        self._before = before
        self._deadline = time.monotonic() + WITHIN

    async def confirm(self, address: str, version: str, app: str, previous: Route | None) -> None:
        """Return when Envoy has this version and no worker thread uses the application's previous route any more.

        Raises:
            Rejected: Envoy refused it.
            TemporaryError: not in time, or no answer.
        """
        await self._wait_version(address, version)
        if previous is not None and previous.shares:
            await self._wait_still(f"vhost.{app}.route.{stat_prefix(previous)}.upstream_rq_total")

    async def _wait_version(self, address: str, version: str) -> None:
        look = time.monotonic() + LOOK_FOR_REFUSAL
        while version not in (has := await self._admin.route_versions(address)):
            if time.monotonic() > look:
                if await self._publisher.refused(self._subscription) > self._before.refused:
                    raise Rejected(self._publisher.words(self._before.log_at))
                look = time.monotonic() + LOOK_FOR_REFUSAL
            await self._pause(f"Envoy has version {', '.join(has) or 'none'}, not {version}")

    async def _wait_still(self, counter: str) -> None:
        """The version alone does not tell: a busy worker thread may follow later.

        The previous route's counters are gone when nothing holds on to it; with a stream under way they stay, and
        must stand still.
        """
        pattern = f"^{re.escape(counter)}$"
        last, since = "", time.monotonic()
        while count := (await self._admin.stats(pattern, "Counters")).get(counter):
            now = time.monotonic()
            if count != last:
                last, since = count, now
            elif now - since >= STILL:
                return
            await self._pause("requests still go by the previous route")

    async def _pause(self, why: str) -> None:
        if time.monotonic() > self._deadline:
            raise TemporaryError(
                f"the route is not confirmed after {WITHIN:g} s",
                why=why,
                cure="it is read back and set again",
                retry_after=0.1,
            )
        await asyncio.sleep(POLL)
