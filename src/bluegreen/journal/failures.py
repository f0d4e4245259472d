"""What SQLite's errors mean for a user: full, damaged, or out of reach."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bluegreen.core.errors import BluegreenError, PermanentError
from bluegreen.core.output import printable
from bluegreen.journal.base import JournalFull

_DAMAGED = frozenset(
    {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_TOOBIG,
        sqlite3.SQLITE_ERROR,  # a table or a column that should be there is not
    }
)


def explained(error: sqlite3.Error, path: Path, connection: sqlite3.Connection, *, writing: bool) -> BluegreenError:
    """The error that the engine and the user can do something with."""
    code = getattr(error, "sqlite_errorcode", None)
    # Text that is no UTF-8 has no code of SQLite's: Python finds it.
    if code is None or code & 0xFF in _DAMAGED:
        return damaged(path, f"{error} {_where(connection)}")
    if writing:
        return JournalFull(
            f"Nothing could be written to the journal {path}.",
            why=f"{_words(code & 0xFF, error)}.",
            cure="Free disk space and check the file's permissions; users are served as before meanwhile.",
        )
    return out_of_reach(path, _words(code & 0xFF, error))


def _where(connection: sqlite3.Connection) -> str:
    """What SQLite's own check finds first."""
    try:
        found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.Error:
        return ""
    return "" if found == "ok" else f"({' '.join(found.split())})"


def out_of_reach(path: Path, why: str) -> PermanentError:
    """The error for a file that cannot be opened or read."""
    return PermanentError(
        f"The journal {path} cannot be opened or read.",
        why=f"{why.rstrip('.')}.",
        cure="Check that the folder is there and belongs to this user, and that its disk works.",
    )


def damaged(path: Path, where: str) -> PermanentError:
    """The error for a history that cannot be trusted any more."""
    return PermanentError(
        f"The journal {path} is damaged.",
        why=f"{printable(where).strip().rstrip('.')}.",
        cure=(
            "Users are served as before. Stop the controller, keep a copy of the folder, and put a backup of "
            "journal.db back, or save what can be read with `sqlite3 journal.db .recover | sqlite3 new.db`."
        ),
    )


def newer(path: Path, why: str) -> PermanentError:
    """The error for a history that this version cannot understand."""
    return PermanentError(
        f"The journal {path} was written by a newer version of bluegreen.",
        why=f"{printable(why).rstrip('.')}.",
        cure="Install that version again: `pip install --upgrade bluegreen`. Nothing was changed.",
    )


def _words(code: int, error: sqlite3.Error) -> str:
    if code == sqlite3.SQLITE_FULL:
        return "The disk is full"
    if code == sqlite3.SQLITE_BUSY:
        return "Another program has locked it"
    return f"SQLite says: {error}"
