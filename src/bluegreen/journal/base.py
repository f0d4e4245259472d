"""The append-only history that everything else is derived from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bluegreen.core.errors import BluegreenError
from bluegreen.core.events import Draft as Draft
from bluegreen.core.events import Entry as Entry


class JournalFull(BluegreenError):
    """The disk is full or the database cannot be written: nothing was appended."""


class JournalConflict(BluegreenError):
    """Somebody else appended to this application since it was last read: nothing was appended."""


class Journal(Protocol):
    """An append is durable when it returns, and whole: all of its drafts or none."""

    async def append(self, drafts: Sequence[Draft], *, after: int) -> Sequence[Entry]:
        """Append drafts of one application whose newest entry is ``after`` (0: it has none).

        Raises:
            JournalConflict: its newest entry is another one.
            JournalFull: nothing could be written.
        """
        ...

    async def read(
        self, app: str | None = None, *, after: int = 0, before: int | None = None, limit: int | None = None
    ) -> Sequence[Entry]:
        """Entries with ``after < seq < before``, oldest first; with ``before`` given, ``limit`` takes the newest.

        Raises:
            PermanentError: it was written by a newer version of bluegreen, or is damaged (where, and what to do).
        """
        ...

    async def apps(self) -> Sequence[str]:
        """Names of all applications that have entries."""
        ...

    async def close(self) -> None: ...
