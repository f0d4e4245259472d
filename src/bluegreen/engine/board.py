"""What a dashboard shows of an application beside its entries: status and figures, made once for all who look."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Iterator

import structlog

from bluegreen.engine.application import Application
from bluegreen.engine.feed import Feed
from bluegreen.engine.figures import Point
from bluegreen.engine.figures_history import FiguresHistory
from bluegreen.engine.pace import Pace
from bluegreen.engine.pulse import Pulse
from bluegreen.engine.services import Services
from bluegreen.engine.standby_look import look_at_standby
from bluegreen.engine.status import status_of
from bluegreen.routers.base import Measurement

log = structlog.get_logger()

STATUS, FIGURES = "status", "figures"
PARTS = (STATUS, FIGURES)
PROBE_EVERY = 3.0
"""Seconds between two questions to the standby."""
AT_ONCE, EVERY = 10, 0.5
"""So many times the status is read at once when the state changes, then no more often than every so many seconds."""


class Board:
    """Keeps both parts of one feed up to date."""

    def __init__(self, services: Services, pulse: Pulse, figures: FiguresHistory, app: Application, feed: Feed) -> None:
        self._services, self._pulse, self._figures = services, pulse, figures
        self._app, self._feed = app, feed
        self._changed = asyncio.Event()
        self._changed.set()
        self._pace = Pace(AT_ONCE, EVERY)
        self.lookers = 0
        self._tasks = [asyncio.create_task(self._keep(work)) for work in (self._measure, self._look, self._probe)]

    def changed(self) -> None:
        self._changed.set()

    def close(self) -> None:
        self._app.recent.probed = None  # it is not asked any more
        for task in self._tasks:
            task.cancel()

    async def _keep(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do this again and again; what cannot be shown now may be shown later."""
        while True:
            try:
                await work()
            except Exception:
                log.exception("a dashboard does not show everything", app=self._app.name, what=work.__name__)
                await asyncio.sleep(1.0)

    async def _measure(self) -> None:
        with self._pulse.followed(), self._figures.followed(self._app.name):
            while True:
                measured = isinstance(await self._pulse.next(), Measurement)
                point = self._figures.newest(self._app.name) if measured else None
                self._feed.put(FIGURES, _line((point or Point(self._services.clock())).as_json()))
                self._changed.set()  # what was observed may have changed as well

    async def _look(self) -> None:
        now = asyncio.get_running_loop().time
        await self._changed.wait()
        await asyncio.sleep(self._pace.wait(now()))
        self._changed.clear()
        self._pace.go(now())
        self._feed.put(STATUS, _line(await status_of(self._services, self._app)))

    async def _probe(self) -> None:
        self._app.recent.probed = await look_at_standby(self._services, self._app.state)
        await asyncio.sleep(PROBE_EVERY)


class Boards:
    """A board for each application that somebody looks at, only while somebody does."""

    def __init__(self, services: Services, pulse: Pulse, figures: FiguresHistory) -> None:
        self._services, self._pulse, self._figures = services, pulse, figures
        self._open: dict[str, Board] = {}

    def changed(self, app: str) -> None:
        """The state of an application has changed."""
        if app in self._open:
            self._open[app].changed()

    @contextlib.contextmanager
    def shown(self, app: Application, feed: Feed) -> Iterator[None]:
        if app.name not in self._open:
            self._open[app.name] = Board(self._services, self._pulse, self._figures, app, feed)
        board = self._open[app.name]
        board.lookers += 1
        try:
            yield
        finally:
            board.lookers -= 1
            if not board.lookers:
                board.close()
                del self._open[app.name]


def _line(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
