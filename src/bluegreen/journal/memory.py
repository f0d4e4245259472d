"""A journal that ends with its process: for tests and for trying things out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bluegreen.journal.base import Draft, Entry
from bluegreen.journal.codec import decode, encode, storable
from bluegreen.journal.drafts import app_of, conflict


class MemoryJournal:
    """Keeps entries in a list, in the form that a database would give back. ``home`` is not used."""

    def __init__(self, home: Path) -> None:
        self._entries: list[Entry] = []

    async def append(self, drafts: Sequence[Draft], *, after: int) -> Sequence[Entry]:
        """See `bluegreen.journal.base.Journal`."""
        if not drafts:
            return []
        app = app_of(drafts)
        newest = max((entry.seq for entry in self._entries if entry.app == app), default=0)
        if newest != after:
            raise conflict(app, after, newest)
        first = len(self._entries) + 1
        entries = [_entry(first + index, storable(draft)) for index, draft in enumerate(drafts)]
        self._entries += entries
        return entries

    async def read(
        self, app: str | None = None, *, after: int = 0, before: int | None = None, limit: int | None = None
    ) -> Sequence[Entry]:
        """See `bluegreen.journal.base.Journal`."""
        found = [
            entry
            for entry in self._entries[max(0, after) :]
            if (app is None or entry.app == app) and (before is None or entry.seq < before)
        ]
        if limit is None:
            return found
        return found[:limit] if before is None else found[max(0, len(found) - limit) :]

    async def apps(self) -> Sequence[str]:
        """See `bluegreen.journal.base.Journal`."""
        return sorted({entry.app for entry in self._entries})

    async def close(self) -> None:
        """Nothing to close."""


def _entry(seq: int, draft: Draft) -> Entry:
    event = decode(draft.event.kind, encode(draft.event))
    return Entry(seq, draft.app, draft.at, draft.actor, draft.reason, event)
