"""``home/repeats.db``, as its one thread sees it: what a controller that is started again knows of writes."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from bluegreen.system.migrations import migrate, migrations_of
from bluegreen.system.transactions import transaction

log = structlog.get_logger()

Key = tuple[str, str]
"""Who asks, and the key that they sent."""


@dataclass(frozen=True)
class Answer:
    """How a request was answered; ``body`` None: it is not kept."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes | None


@dataclass(frozen=True)
class Kept:
    """A request with a key; ``answer`` None: it is not known to have ended."""

    key: Key
    fingerprint: bytes
    at: float
    answer: Answer | None = None


class RepeatsFile:
    """One connection. A damaged file is replaced by a new one. Raises sqlite3.Error and OSError."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = _connected(path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            log.error("what is known of repeated requests is damaged and begun anew", path=str(path), error=str(error))
            for suffix in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(f"{path}{suffix}")
            self._connection = _connected(path)

    def close(self) -> None:
        self._connection.close()

    def load(self, since: float) -> Sequence[Kept]:
        """What was asked for since then, oldest first; the rest is deleted."""
        self._connection.execute("DELETE FROM repeats WHERE at < ?", (since,))
        rows = self._connection.execute(
            "SELECT owner, key, fingerprint, at, status, headers, body FROM repeats ORDER BY at"
        )
        return [_kept(row) for row in rows]

    def put(self, kept: Kept) -> None:
        """Write it down, instead of what was there under its key."""
        answer = kept.answer
        values = (answer.status, json.dumps(answer.headers), answer.body) if answer else (None, None, None)
        self._connection.execute(
            "INSERT OR REPLACE INTO repeats (owner, key, fingerprint, at, status, headers, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*kept.key, kept.fingerprint, kept.at, *values),
        )

    def drop(self, keys: Sequence[Key]) -> None:
        """Forget these."""
        with transaction(self._connection):
            self._connection.executemany("DELETE FROM repeats WHERE owner = ? AND key = ?", keys)


def _connected(path: Path) -> sqlite3.Connection:
    """Readable by its owner only, before anything is in it: answers are kept there."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    os.chmod(path, 0o600)
    connection = sqlite3.connect(path, timeout=1.0, isolation_level=None)
    try:
        # With no second connection there is no file of shared memory to be made, which a full disk would refuse.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        # Power that fails may cost the last few: then a request that is sent again is done again.
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection, migrations_of("bluegreen.api"), lambda *_: sqlite3.DatabaseError("it is newer"))
    except BaseException:
        connection.close()
        raise
    return connection


def _kept(row: Sequence[Any]) -> Kept:
    owner, key, fingerprint, at, status, headers, body = row
    if status is None:
        return Kept((owner, key), fingerprint, at)
    pairs = tuple((str(name), str(value)) for name, value in json.loads(headers))
    return Kept((owner, key), fingerprint, at, Answer(status, pairs, body))
