"""``home/access.db`` as the one thread sees it that uses it."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from bluegreen.access.failures import explained, too_new, unusable
from bluegreen.core.access import Grant, Role
from bluegreen.core.audit import Attempt, Recorded
from bluegreen.core.credentials import Credential
from bluegreen.system.migrations import migrate, migrations_of
from bluegreen.system.transactions import transaction

_BUSY = 2.0
"""Seconds to wait for another program that looks at the file."""
_CREDENTIAL = [field.name for field in fields(Credential)]
_ATTEMPT = [field.name for field in fields(Attempt)]
_LINE = ["id", "count", "last", *_ATTEMPT]


def _select(columns: Sequence[str], table: str) -> str:
    return " ".join(["SELECT", ", ".join(columns), "FROM", table])


def _insert(columns: Sequence[str], table: str) -> str:
    marks = ", ".join("?" for _ in columns)
    return " ".join(["INSERT INTO", table, "(", ", ".join(columns), ") VALUES (", marks, ")"])


class Database:
    """Credentials and the audit trail in one file, readable by its owner only.

    Raises:
        TemporaryError: it cannot be written, or opened, now.
        PermanentError: it is damaged, or of a newer version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._explained():
            _create(path)
            self._connection = sqlite3.connect(path, timeout=_BUSY, isolation_level=None)
        try:
            with self._explained():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        # With no second connection there is no file of shared memory to be made: a full disk does not lock people out.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        migrate(self._connection, migrations_of("bluegreen.access"), too_new(self._path))

    def close(self) -> None:
        self._connection.close()

    # --- credentials

    def credentials(self) -> Sequence[Credential]:
        with self._explained():
            rows = self._connection.execute(_select(_CREDENTIAL, "credentials")).fetchall()
            return [_credential(row) for row in rows]

    def add(self, credential: Credential) -> None:
        values = [_stored(getattr(credential, name)) for name in _CREDENTIAL]
        with self._explained():
            self._connection.execute(_insert(_CREDENTIAL, "credentials"), values)

    def used(self, id: str, at: float) -> None:
        with self._explained():
            self._connection.execute("UPDATE credentials SET last_used = ? WHERE id = ?", (at, id))

    def revoke(self, id: str, at: float, by: str) -> None:
        with self._explained():
            self._connection.execute("UPDATE credentials SET revoked = ?, revoked_by = ? WHERE id = ?", (at, by, id))

    def forget(self, ids: Sequence[str]) -> None:
        """Delete sessions that ended long ago."""
        with self._explained(), transaction(self._connection):
            self._connection.executemany("DELETE FROM credentials WHERE id = ?", [(id,) for id in ids])

    # --- the audit trail

    def last_attempt(self) -> int:
        """The number of the newest line; 0 when there is none."""
        with self._explained():
            return int(self._connection.execute("SELECT coalesce(max(id), 0) FROM audit").fetchone()[0])

    def record(self, lines: Sequence[Recorded]) -> None:
        """Write lines, all or none; of those that are there already, how often and until when."""
        insert = (
            f"{_insert(_LINE, 'audit')} ON CONFLICT (id) DO UPDATE SET count = excluded.count, last = excluded.last"
        )
        rows = [(r.id, r.count, r.last, *(getattr(r.attempt, name) for name in _ATTEMPT)) for r in lines]
        with self._explained(), transaction(self._connection):
            self._connection.executemany(insert, rows)

    def attempts(self, where: Mapping[str, Any], before: int | None, limit: int) -> Sequence[Recorded]:
        """The newest lines first; ``where``: what columns have to be."""
        terms = [f"{column} = :{column}" for column in where] + (["id < :before"] if before is not None else [])
        narrowed = [f"WHERE {' AND '.join(terms)}"] if terms else []
        query = " ".join([_select(_LINE, "audit"), *narrowed, "ORDER BY id DESC LIMIT :limit"])
        with self._explained():
            rows = self._connection.execute(query, {**where, "before": before, "limit": limit}).fetchall()
            return [Recorded(row[0], Attempt(*row[3:]), row[1], row[2]) for row in rows]

    # --- helpers

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise explained(error, self._path) from error
        except OSError as error:
            raise unusable(self._path, error.strerror or str(error)) from error


def _create(path: Path) -> None:
    """Make the file readable by its owner only, before anything is in it; SQLite's other files copy its mode."""
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    os.chmod(path, 0o600)


def _stored(value: Any) -> Any:
    if isinstance(value, tuple):
        return json.dumps([{"role": grant.role, "app": grant.app} for grant in value])
    return value


def _credential(row: Sequence[Any]) -> Credential:
    found = dict(zip(_CREDENTIAL, row, strict=True))
    found["grants"] = tuple(Grant(Role(one["role"]), one["app"]) for one in json.loads(found["grants"]))
    return Credential(**found)
