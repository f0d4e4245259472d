"""The feeds of a controller: one for each application that somebody follows, only while somebody does."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Iterator, Sequence

from bluegreen.core.events import Entry
from bluegreen.engine.application import Application
from bluegreen.engine.board import PARTS, Boards
from bluegreen.engine.feed import Feed, Place
from bluegreen.engine.ring import Style
from bluegreen.journal.base import Journal


class Feeds:
    """Opens a feed for the first follower of an application, and ends it with the last one."""

    def __init__(self, journal: Journal, boards: Boards) -> None:
        self._journal = journal
        self._boards = boards
        self._open: dict[str, tuple[Feed, int]] = {}
        self._closed = False

    def take(self, app: str, entries: Sequence[Entry]) -> None:
        """An application's state has changed, and these have come into the journal."""
        if app in self._open:
            self._open[app][0].take(entries)
            self._boards.changed(app)

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        for feed, _ in self._open.values():
            feed.end()

    async def follow(
        self, app: Application, after: int | None, style: Style, *, board: bool = False
    ) -> AsyncGenerator[bytes, None]:
        """Entries behind one (None: those to come) as server-sent events, in chunks; with the board, its parts first
        and whenever they change. An empty chunk now and then, when there is nothing. Ends when the controller does.
        """
        with self._opened(app) as feed, self._boards.shown(app, feed) if board else contextlib.nullcontext():
            place: Place = feed.beginning(after, style, parts=board)
            while not feed.ended:
                chunk, place = await feed.read(place)
                if not chunk:
                    await feed.news()
                    chunk, place = await feed.read(place)
                yield chunk

    @contextlib.contextmanager
    def _opened(self, app: Application) -> Iterator[Feed]:
        if app.name not in self._open:
            self._open[app.name] = Feed(self._journal, app.name, app.state.seq, PARTS), 0
        feed, followers = self._open[app.name]
        if self._closed:
            feed.end()
        self._open[app.name] = feed, followers + 1
        try:
            yield feed
        finally:
            _, followers = self._open[app.name]
            self._open[app.name] = feed, followers - 1
            if followers == 1:
                del self._open[app.name]
                feed.end()
