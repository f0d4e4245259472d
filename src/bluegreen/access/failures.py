"""What is wrong with ``access.db``, for people: whatever it is, users are served, and the unix socket works."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bluegreen.core.errors import BluegreenError, PermanentError, TemporaryError
from bluegreen.system.migrations import TooNew

_PASSING = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
    | {sqlite3.SQLITE_READONLY}
)
_SOCKET = "Through the controller's unix socket everything works as before."


def explained(error: sqlite3.Error, path: Path) -> BluegreenError:
    """The error that a person can do something with."""
    code = (getattr(error, "sqlite_errorcode", None) or sqlite3.SQLITE_CORRUPT) & 0xFF
    if code not in _PASSING:
        return PermanentError(
            f"{path} is damaged: nobody is known over TCP.",
            why=f"SQLite says: {error}.",
            cure=f"{_SOCKET} Put a copy back, or remove the file, restart the controller and give out tokens again.",
        )
    return unusable(path, "The disk is full" if code == sqlite3.SQLITE_FULL else f"SQLite says: {error}")


def unusable(path: Path, why: str) -> TemporaryError:
    """The error for a file that cannot be opened or written now."""
    return TemporaryError(
        f"{path} cannot be used; nothing was changed.",
        why=f"{why.rstrip('.')}.",
        cure=f"Free disk space, and check that the file belongs to this user. {_SOCKET}",
    )


def too_new(path: Path) -> TooNew:
    """The error for a file that this version cannot understand."""

    def error(version: int, known: int) -> BluegreenError:
        return PermanentError(
            f"{path} was written by a newer version of bluegreen.",
            why=f"Its tables have version {version}, and {known} is the newest known here.",
            cure="Install that version again: `pip install --upgrade bluegreen`. Nothing was changed.",
        )

    return error
