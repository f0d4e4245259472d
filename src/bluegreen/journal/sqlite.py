"""The journal in an SQLite file: write-ahead log, full synchronisation, one thread that writes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bluegreen.journal.base import Draft, Entry, JournalFull
from bluegreen.journal.database import Database


class SqliteJournal:
    """The history in ``home/journal.db``, readable by its owner only.

    Appends have a thread and a connection of their own: reading a long history never holds up a switch. An append
    that was cancelled may still be carried out.

    Raises:
        PermanentError: the file is damaged, out of reach, or was written by a newer version.
        JournalFull: it has to be made or brought up to date, and cannot be written.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / "journal.db"
        self._writing = ThreadPoolExecutor(1, "journal-write")
        self._reading = ThreadPoolExecutor(1, "journal-read")
        try:
            self._open()
        except BaseException:
            self._writing.shutdown()
            self._reading.shutdown()
            raise

    def _open(self) -> None:
        try:
            self._writer = self._writing.submit(Database, self._path).result()
        except JournalFull:
            # The history has to be there even now: users may need what it says of the live environment.
            self._reading.shutdown()
            self._reading = self._writing
            self._writer = self._reader = self._writing.submit(Database, self._path, alone=True).result()
            return
        try:
            self._reader = self._reading.submit(Database, self._path).result()
        except BaseException:
            self._writing.submit(self._writer.close).result()
            raise

    async def append(self, drafts: Sequence[Draft], *, after: int) -> Sequence[Entry]:
        """See `bluegreen.journal.base.Journal`."""
        if not drafts:
            return []
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writing, self._writer.append, drafts, after)

    async def read(
        self, app: str | None = None, *, after: int = 0, before: int | None = None, limit: int | None = None
    ) -> Sequence[Entry]:
        """See `bluegreen.journal.base.Journal`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reading, self._reader.read, app, after, before, limit)

    async def apps(self) -> Sequence[str]:
        """See `bluegreen.journal.base.Journal`."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, self._reader.apps)

    async def close(self) -> None:
        """Close the file, after every append that is under way."""
        for thread, database in {self._writing: self._writer, self._reading: self._reader}.items():
            await asyncio.get_running_loop().run_in_executor(thread, database.close)
            thread.shutdown()
