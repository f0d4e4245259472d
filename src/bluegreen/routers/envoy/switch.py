"""The switch: one file moved into place, and the proof that every worker thread of Envoy follows it."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass

from bluegreen.core.errors import TemporaryError
from bluegreen.core.model import Route
from bluegreen.routers.envoy.admin import Admin
from bluegreen.routers.envoy.part import Part
from bluegreen.routers.envoy.publisher import Publisher, Rejected, Snapshot, Subscription, reading
from bluegreen.routers.envoy.routes import stat_prefix

WITHIN = 2.0
"""Seconds after which a switch counts as not confirmed."""

STILL = 0.010
"""Seconds for which the previous route's counters must stand still while streams still hold on to them."""

POLL = 0.001


@dataclass(frozen=True)
class Confirmer:
    """Waits until a route is in force."""

    admin: Admin
    publisher: Publisher
    subscription: Subscription

    async def confirm(self, part: Part, previous: Route | None, wanted: Snapshot, refused: int, log_at: int) -> None:
        """Return when Envoy has this version and no worker thread uses the previous route any more.

        The version alone does not tell: a busy worker thread may follow later. The previous route's counters are
        gone when nothing holds on to it; with a stream under way they stay, and must stand still.

        Raises:
            Rejected: Envoy refused it.
            TemporaryError: not in time, or no answer.
        """
        counter = _counter(part, previous)
        pattern = f"{self.subscription.pattern}|^{re.escape(counter)}$" if counter else self.subscription.pattern
        deadline = time.monotonic() + WITHIN
        last: str | None = None
        since = 0.0
        while True:
            stats = await self.admin.stats(pattern)
            now = reading(self.subscription, stats)
            if now.refused > refused:
                raise Rejected(self.publisher.words(log_at))
            if now.version == wanted.version:
                if counter is None or counter not in stats:
                    return
                if stats[counter] != last:
                    last, since = stats[counter], time.monotonic()
                elif time.monotonic() - since >= STILL:
                    return
            if time.monotonic() > deadline:
                raise _not_confirmed(part.app, now.version, wanted)
            await asyncio.sleep(POLL)


def _counter(part: Part, previous: Route | None) -> str | None:
    if previous is None or not previous.shares:
        return None
    return f"vhost.{part.app}.route.{stat_prefix(previous)}.upstream_rq_total"


def _not_confirmed(app: str, version: str | None, wanted: Snapshot) -> TemporaryError:
    reached = version == wanted.version
    return TemporaryError(
        f"{app}: the route is not confirmed after {WITHIN:g} s",
        why="requests still go by the previous route" if reached else f"Envoy has version {version!r}",
        cure="the route is read back and set again",
        retry_after=0.1,
    )
