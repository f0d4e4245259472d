"""The journal's SQLite file, as one thread sees it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from bluegreen.journal.base import Draft, Entry, JournalFull
from bluegreen.journal.codec import UnknownKind, decode, encode, storable
from bluegreen.journal.drafts import app_of, conflict
from bluegreen.journal.failures import damaged, explained, newer, out_of_reach
from bluegreen.journal.schema import migrate
from bluegreen.system.transactions import transaction

_BUSY = 5.0
"""Seconds to wait for another program that looks at the file."""
_LAST = 2**63 - 1

_INSERT = "INSERT INTO entries (seq, app, at, actor, reason, kind, event) VALUES (?, ?, ?, ?, ?, ?, ?)"
_NEWEST = "SELECT coalesce(max(seq), 0) FROM entries"
_READ = "SELECT seq, app, at, actor, reason, kind, event FROM entries WHERE seq > :after AND seq < :before"


class Database:
    """One connection; to be used in the thread that made it. Errors are those of the journal.

    With ``alone``, no other connection gets in, and none of SQLite's helping files has to be made: a full disk does
    not keep it from being read.
    """

    def __init__(self, path: Path, *, alone: bool = False) -> None:
        self._path = path
        self._inode = _created(path)
        # It opens nothing yet: what is wrong with the file shows at the first statement.
        self._connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None)
        try:
            with self._explained(writing=True):
                if alone:
                    self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
                migrate(self._connection, path)
            self._refuse_gaps()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def append(self, drafts: Sequence[Draft], after: int) -> Sequence[Entry]:
        """All of the drafts in one transaction, on the disk when this returns."""
        app = app_of(drafts)
        rows = [_row(storable(draft)) for draft in drafts]
        self._refuse_replaced_file()
        with self._explained(writing=True), transaction(self._connection):
            newest = self._number(f"{_NEWEST} WHERE app = ?", app)
            if newest != after:
                raise conflict(app, after, newest)
            first = self._number(_NEWEST) + 1
            numbered = [(first + index, *row) for index, row in enumerate(rows)]
            self._connection.executemany(_INSERT, numbered)
        return [self._entry(row) for row in numbered]

    def read(self, app: str | None, after: int, before: int | None, limit: int | None) -> Sequence[Entry]:
        """Entries in order, as `bluegreen.journal.base.Journal.read` describes them."""
        query = _READ if app is None else f"{_READ} AND app = :app"
        query += " ORDER BY seq" if before is None else " ORDER BY seq DESC"
        bounds = {"after": after, "before": _LAST if before is None else before}
        with self._explained(writing=False):
            found = self._connection.execute(
                f"{query} LIMIT :limit", {**bounds, "app": app, "limit": -1 if limit is None else limit}
            )
            rows = found.fetchall()
        return [self._entry(row) for row in (rows if before is None else reversed(rows))]

    def apps(self) -> Sequence[str]:
        with self._explained(writing=False):
            return [app for (app,) in self._connection.execute("SELECT DISTINCT app FROM entries ORDER BY app")]

    def _number(self, query: str, *values: str) -> int:
        return int(self._connection.execute(query, values).fetchone()[0])

    def _entry(self, row: tuple[int, str, float, str, str, str, str]) -> Entry:
        seq, app, at, actor, reason, kind, event = row
        try:
            return Entry(seq, app, float(at), actor, reason, decode(kind, event))
        except UnknownKind:
            raise newer(self._path, f"Entry {seq}, of {app}, has the kind {kind!r}, which is not known here") from None
        except (ValueError, TypeError) as error:
            what = " ".join(str(error).splitlines()[:3])
            raise damaged(self._path, f"Entry {seq}, of {app}, cannot be understood: {what}") from error

    def _refuse_gaps(self) -> None:
        with self._explained(writing=False):
            count, newest = self._connection.execute("SELECT count(*), coalesce(max(seq), 0) FROM entries").fetchone()
        if count != newest:
            raise damaged(self._path, f"It has {count} entries, and the newest one has number {newest}")

    def _refuse_replaced_file(self) -> None:
        """A file that was deleted would take entries in, and take them along when it is closed."""
        try:
            same = os.stat(self._path).st_ino == self._inode
        except OSError:
            same = False
        if not same:
            raise JournalFull(
                f"Nothing was written to the journal {self._path}.",
                why="The file was removed or replaced while it was in use.",
                cure="Put it back, and start the controller again; users are served as before.",
            )

    @contextlib.contextmanager
    def _explained(self, *, writing: bool) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise explained(error, self._path, self._connection, writing=writing) from error
        except (UnicodeDecodeError, TypeError, IndexError) as error:
            # Tables that are damaged just so have rows without columns, or errors that are no text.
            raise damaged(self._path, str(error)) from error


def _created(path: Path) -> int:
    """Make the file readable by its owner only, before anything is in it; SQLite's other files copy its mode.

    One that exists is not opened: to close it again would drop the locks of every connection of this process.
    """
    try:
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        os.chmod(path, 0o600)
        return os.stat(path).st_ino
    except OSError as error:
        raise out_of_reach(path, f"{error.strerror}") from error


def _row(draft: Draft) -> tuple[str, float, str, str, str, str]:
    return draft.app, draft.at, draft.actor, draft.reason, draft.event.kind, encode(draft.event)
