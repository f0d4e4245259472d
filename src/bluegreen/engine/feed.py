"""What happens to one application, for everyone who follows it: encoded once, and the same bytes for all.

A follower asks for what comes behind its place, and waits for news in between. Nothing is kept for one of them: who is
slow holds up nobody, and goes on from the ring here, or from the journal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bluegreen.core.events import Entry
from bluegreen.engine.pace import Pace
from bluegreen.engine.ring import Line, Ring, Style, framed
from bluegreen.journal.base import Journal

RING = 1 << 20
"""Bytes of entries that are kept for followers."""
PAGE = 100
"""Entries that are read from the journal at a time, for those who are behind the ring."""
PAGES = 8
"""Pages that are kept: after a restart many ask for the same ones."""
AT_ONCE, EVERY = 20, 0.15
"""So many times followers are told at once of what happens, and then no more often than every so many seconds."""
JOINED = 16
"""Places of which is kept what comes behind them: nearly everyone is at the same one."""
STIR = 5.0
"""Seconds after which followers are stirred without news, to see whether they are still there and still may."""


@dataclass(frozen=True)
class Place:
    """How far a follower has come."""

    after: int
    """The newest entry that it has."""
    style: Style
    parts: tuple[int, ...] = ()
    """Versions of the parts that it has, 0 for none; empty when it does not want them."""


class Part:
    """Something of which only the newest version matters."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.version = 0
        self.framed = b""


class Feed:
    """Entries from the place on at which somebody began to follow, and parts (see `put`)."""

    def __init__(self, journal: Journal, app: str, after: int, parts: Sequence[str] = ()) -> None:
        self._journal, self._app = journal, app
        self._ring = Ring(after, RING)
        self._told = after
        """What came after this is not shown yet: followers are told of much at a time."""
        self._parts = {name: Part(name) for name in parts}
        self._pages: dict[int, asyncio.Task[Sequence[Line]]] = {}
        self._joined: dict[Place, tuple[bytes, Place]] = {}
        self._pace = Pace(AT_ONCE, EVERY)
        self._loop = asyncio.get_running_loop()
        self._turn: asyncio.TimerHandle | None = None
        self._stir: asyncio.TimerHandle = self._loop.call_later(STIR, self._stir_all)
        self._news = asyncio.Event()
        self.ended = False

    # --- what happens

    def take(self, entries: Sequence[Entry]) -> None:
        """New entries, in order."""
        for entry in entries:
            self._ring.add(entry)
        if entries:
            self._announce()

    def put(self, name: str, data: bytes) -> None:
        """The newest version of a part, as one line; the same one as before is not sent again."""
        part, text = self._parts[name], b"event: %b\ndata: %b\n\n" % (name.encode(), data)
        if text != part.framed:
            part.framed = text
            part.version += 1
            self._announce()

    def end(self) -> None:
        """No more of it: everyone who follows is told."""
        self.ended = True
        self._stir.cancel()
        if self._turn is not None:
            self._turn.cancel()
        for page in self._pages.values():
            page.cancel()
        self._news.set()

    def _announce(self) -> None:
        """Tell followers, together with what else happens in this moment, or until they may be told again."""
        if self._turn is None and not self.ended:
            self._turn = self._loop.call_later(self._pace.wait(self._loop.time()), self._tell)

    def _tell(self) -> None:
        self._turn = None
        self._pace.go(self._loop.time())
        self._told = self._ring.newest
        self._joined.clear()
        self._wake()

    def _stir_all(self) -> None:
        self._stir = self._loop.call_later(STIR, self._stir_all)
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news.clear()

    # --- what followers ask

    def beginning(self, after: int | None, style: Style, *, parts: bool = False) -> Place:
        """Where to begin: behind an entry, or (None) behind the newest one."""
        return Place(self._ring.newest if after is None else after, style, (0,) * len(self._parts) if parts else ())

    async def read(self, place: Place) -> tuple[bytes, Place]:
        """What comes behind a place, bounded; empty when there is nothing yet."""
        parts = self._parts.values() if place.parts else ()
        if any(not part.version for part in parts):
            return b"", place
        if place.after < self._ring.begins:
            return await self._behind(place)
        if place not in self._joined:
            if len(self._joined) >= JOINED:
                self._joined.clear()
            self._joined[place] = self._join(place, self._ring.between(place.after, self._told))
        return self._joined[place]

    async def news(self) -> None:
        """Wait until there may be something to read."""
        if not self.ended:
            await self._news.wait()

    async def _behind(self, place: Place) -> tuple[bytes, Place]:
        lines = await self._page(place.after)
        text, place = self._join(place, lines)
        return text, place if lines else replace(place, after=self._ring.begins)

    def _join(self, place: Place, lines: Sequence[Line]) -> tuple[bytes, Place]:
        entries, after = framed(lines, place.after, place.style)
        if not place.parts:
            return entries, replace(place, after=after)
        parts = list(self._parts.values())
        new = [part.framed for part, seen in zip(parts, place.parts, strict=True) if part.version > seen]
        return b"".join([*new, entries]), Place(after, place.style, tuple(part.version for part in parts))

    async def _page(self, after: int) -> Sequence[Line]:
        """Entries from the journal; those who ask for the same ones get the same page."""
        if after not in self._pages:
            while len(self._pages) >= PAGES:
                del self._pages[next(iter(self._pages))]
            self._pages[after] = self._loop.create_task(self._read_page(after))
        try:
            return await asyncio.shield(self._pages[after])
        except Exception:
            self._pages.pop(after, None)
            raise

    async def _read_page(self, after: int) -> Sequence[Line]:
        entries = await self._journal.read(self._app, after=after, limit=PAGE)
        return [Line.of(entry) for entry in entries]
