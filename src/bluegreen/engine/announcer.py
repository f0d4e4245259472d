"""Follows one application's journal and tells what is worth it: beside the application's loop, never in its way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bluegreen.core import events as e
from bluegreen.core.announcements import (
    Announcement,
    deployment_of,
    names_channels,
    needs_story,
    news_of,
    told,
)
from bluegreen.core.crashes import Crashes
from bluegreen.core.happened import Happened
from bluegreen.core.messages import announce, unwritten
from bluegreen.core.model import AppState
from bluegreen.core.news import News
from bluegreen.engine.application import Application
from bluegreen.engine.services import Services

log = structlog.get_logger()

LOOK_EVERY = 15.0
AGAIN_AFTER = 5.0
SETTLES = 0.3
"""Seconds that what has begun is given to get on, before it is told."""
LONGEST_WAY = 6.0
"""Seconds that are waited for a route to be confirmed: one that is not is news."""
PAGE = 500
"""Entries that are read at a time."""

Told = Sequence[tuple[Announcement, Sequence[str]]]
"""Announcements with the channels that want them."""
Post = Callable[[Told, int], Awaitable[None]]
"""Takes what is to be told, and up to which entry the application is announced with it."""


class Announcer:
    """How far one application is announced."""

    def __init__(self, services: Services, app: Application, after: int, post: Post) -> None:
        self._services = services
        self._app = app
        self._after = after
        self._post = post
        self._crashes = Crashes()
        self._is_unwritten = False

    async def run(self) -> None:
        """Follow it, for ever."""
        while True:
            try:
                await self._app.until(lambda state: state.seq > self._after or self._has_trouble(), LOOK_EVERY)
                await self._give_way()
                await self._look()
            except Exception:
                log.exception("an application could not be announced", app=self._app.name)
                await asyncio.sleep(AGAIN_AFTER)

    async def _give_way(self) -> None:
        """While users are being moved, the processor is not for messages."""
        await asyncio.sleep(SETTLES)
        for _ in range(round(LONGEST_WAY / SETTLES)):
            if self._app.state.unconfirmed is None:
                return
            await asyncio.sleep(SETTLES)

    async def _look(self) -> None:
        state = self._app.state
        if not names_channels(state):
            self._after = state.seq
        elif self._has_trouble():
            await self._post(self._unwritten(state), self._after)
        elif state.seq > self._after:
            await self._announce(state)
        self._is_unwritten = self._app.history.unsaved > 0

    async def _announce(self, state: AppState) -> None:
        entries = await self._services.journal.read(self._app.name, after=self._after, limit=PAGE)
        announcements = [one for entry in entries for one in await self._of(state, entry)]
        if entries:
            await self._post(announcements, entries[-1].seq)
            self._after = entries[-1].seq

    async def _of(self, state: AppState, entry: e.Entry) -> Told:
        news = news_of(state, entry, self._services.clock())
        number = getattr(entry.event, "deployment", None)
        channels = told(state, number, news) if news is not None else ()
        if news is None or not channels:
            return ()
        crashes: int | None = 1
        if isinstance(entry.event, e.InstanceCrashed):
            self._crashes, crashes = self._crashes.take(entry.event.place, entry.event.component, entry.at)
        if crashes is None:
            return ()
        story = await self._story(state, entry) if needs_story(entry) else ()
        return [(announce(Happened(state, entry, news, story, crashes)), channels)]

    async def _story(self, state: AppState, entry: e.Entry) -> Sequence[e.Entry]:
        """The entries from the deployment's request up to this one, without the evidence of every second."""
        d = deployment_of(state, getattr(entry.event, "deployment", 0))
        after = max(0, d.seq - 1) if d is not None else entry.seq
        story: list[e.Entry] = []
        while after < entry.seq:
            page = await self._services.journal.read(self._app.name, after=after, before=None, limit=PAGE)
            story += [x for x in page if x.seq <= entry.seq and not isinstance(x.event, e.Watched)]
            after = page[-1].seq if page else entry.seq
        return story

    # --- what the journal cannot say of itself

    def _has_trouble(self) -> bool:
        return self._app.history.unsaved > 0 and not self._is_unwritten

    def _unwritten(self, state: AppState) -> Told:
        now, history = self._services.clock(), self._app.history
        self._crashes, found = self._crashes.take("", "journal", now)
        if found is None:
            return ()
        return [(unwritten(state, now, history.unsaved, history.why_unsaved), told(state, None, News.TROUBLE))]
