"""Messages to people: what is announced goes into the outbox, and from there to the channels of the controller."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from bluegreen.core.errors import NotFound, Refused
from bluegreen.engine.announcer import Announcer, Told
from bluegreen.engine.application import Application
from bluegreen.engine.courier import Courier
from bluegreen.engine.services import Services
from bluegreen.notify.base import Gone
from bluegreen.notify.cloudevent import cloud_event, event_of_test, link
from bluegreen.notify.delivery import Delivery, delivery_id
from bluegreen.notify.outbox import Health, Outbox

log = structlog.get_logger()

TIDY_EVERY = 3600.0
TEST = "test"


@dataclass(frozen=True)
class ChannelStatus:
    """One channel and how it does."""

    name: str
    kind: str
    target: str
    health: Health
    gone: str | None
    """Why nothing is sent there, where the receiver asked for that."""


class Notifications:
    """All channels of one controller. With none, nothing is kept and nothing is followed."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._outbox = Outbox(services.home)
        self._couriers = {
            name: Courier(name, channel, self._outbox, services.clock) for name, channel in services.channels.items()
        }
        self._cursors: Mapping[str, int] = {}
        self._is_open = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, applications: Iterable[Application]) -> None:
        """Take up what waits, and follow every application from where it was announced last."""
        if not self._couriers:
            return
        known = list(applications)
        self._cursors = await self._outbox.open({app.name: app.state.seq for app in known})
        self._is_open = True
        for app in known:
            self.follow(app)
        for courier in self._couriers.values():
            self._spawn(courier.run(), f"channel {courier.name}")
        self._spawn(self._keep_tidy(), "outbox")

    def follow(self, app: Application) -> None:
        """Announce an application from now on; one that is new, from its first entry."""
        if self._is_open:
            after = self._cursors.get(app.name, 0)
            announcer = Announcer(self._services, app, after, lambda found, upto: self._post(app.name, found, upto))
            self._spawn(announcer.run(), f"announcing {app.name}")

    async def close(self) -> None:
        """Stop; what waits is taken up at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._is_open:
            self._is_open = False
            await self._outbox.close()

    # --- what administrators ask for

    def warnings(self) -> list[str]:
        """What people should know of it."""
        broken = [(name, courier.broken) for name, courier in self._couriers.items() if courier.broken is not None]
        found = [f"Nothing arrives at the channel {name}: {error.what} {error.cure}".strip() for name, error in broken]
        return [*found, *([self._outbox.trouble] if self._outbox.trouble else [])]

    async def channels(self) -> Sequence[ChannelStatus]:
        """By name."""
        return [await self._status(courier) for _, courier in sorted(self._couriers.items())]

    async def test(self, name: str) -> Delivery:
        """Send a message that says that it is one; what became of it. It is not tried again.

        Raises NotFound.
        """
        courier = self._courier(name)
        now = self._services.clock()
        id = f"msg_{uuid.uuid4().hex}"
        title = f"bluegreen: a test of the channel {name}"
        text = "Messages of this channel arrive here."
        body = event_of_test(id, title, text, now, controller=self._outbox.controller)
        delivery = Delivery(id, name, "", TEST, None, now, title, text, body, due=now)
        tried = (await courier.attempt(delivery, anyhow=True)).for_good()
        await self._outbox.put([tried])
        courier.news.set()
        return tried

    async def deliveries(
        self, limit: int, before: int | None, channel: str | None, state: str | None
    ) -> Sequence[tuple[int, Delivery]]:
        """Newest first, each with its number; ``before`` a number for the next page."""
        return await self._outbox.page(limit, before, channel, state) if self._is_open else ()

    async def replay(self, id: str) -> Delivery:
        """Send a message once more, with the same id and body.

        Raises:
            NotFound: there is no such message.
            Refused: its channel is gone.
        """
        found = await self._outbox.find(id) if self._is_open else None
        if found is None:
            raise NotFound(f"There is no message {id}.", cure="`bluegreen notify deliveries` lists them.")
        if found.channel not in self._couriers:
            cure = "Add it to controller.yaml again, and restart the controller."
            raise Refused(f"The channel {found.channel} is not there any more.", cure=cure)
        again = found.replayed(self._services.clock())
        await self._outbox.put([again])
        self._couriers[found.channel].news.set()
        return again

    def _courier(self, name: str) -> Courier:
        if name not in self._couriers:
            known = ", ".join(self._couriers) or "none"
            why = f"It has: {known}. Channels are named in controller.yaml, which is read when the controller starts."
            raise NotFound(f"This controller has no channel {name}.", why=why)
        return self._couriers[name]

    async def _status(self, courier: Courier) -> ChannelStatus:
        channel = courier.channel
        health = await self._outbox.health(courier.name)
        gone = courier.broken.what if isinstance(courier.broken, Gone) else None
        return ChannelStatus(courier.name, channel.kind, channel.target, health, gone)

    # --- from news to messages

    async def _post(self, app: str, found: Told, upto: int) -> None:
        now, url = self._services.clock(), self._services.url
        deliveries: list[Delivery] = []
        for announcement, names in found:
            body = cloud_event(announcement, controller=self._outbox.controller, url=url)
            where = link(announcement, url)
            text = f"{announcement.text}\n{where}" if where else announcement.text
            for name in names:
                if name in self._couriers:
                    id = delivery_id(self._outbox.controller, app, announcement.key, name)
                    news, seq, title = announcement.news, announcement.seq, announcement.title
                    deliveries.append(Delivery(id, name, app, news, seq, now, title, text, body, due=now))
        await self._outbox.put_new(deliveries, {app: upto})
        for delivery in deliveries:
            self._couriers[delivery.channel].news.set()

    async def _keep_tidy(self) -> None:
        while True:
            await self._outbox.forget_old(self._services.clock())
            await asyncio.sleep(TIDY_EVERY)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
