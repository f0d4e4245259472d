"""The outbox's SQLite file, as the thread sees it that has made it."""

from __future__ import annotations

import json
import os
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bluegreen.notify.delivery import Attempt, Delivery, State
from bluegreen.system.migrations import migrate, migrations_of
from bluegreen.system.transactions import transaction

KEPT_FOR = 30 * 86400.0
KEPT = 10_000
"""Deliveries that are over are kept for so long, and so many of them."""
_SELECT = "SELECT id, channel, app, news, seq, at, title, text, body, due, state, tries, attempts FROM deliveries"
_PAGE = """
SELECT n, id, channel, app, news, seq, at, title, text, body, due, state, tries, attempts FROM deliveries
WHERE (:before IS NULL OR n < :before) AND (:channel IS NULL OR channel = :channel)
  AND (:state IS NULL OR state = :state)
ORDER BY n DESC LIMIT :limit
"""
_PUT = """
INSERT INTO deliveries (id, channel, app, news, seq, at, title, text, body, due, state, tries, attempts, changed)
VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT (id) DO UPDATE SET
  due = excluded.due, state = excluded.state, tries = excluded.tries, attempts = excluded.attempts,
  changed = excluded.changed
"""
_TOO_MANY = """
DELETE FROM deliveries WHERE state != 'waiting' AND n <=
  (SELECT n FROM deliveries WHERE state != 'waiting' ORDER BY n DESC LIMIT 1 OFFSET ?)
"""


class OutboxFile:
    """One connection. Raises sqlite3.Error from every method."""

    def __init__(self, path: Path | None) -> None:
        """``path`` None: in memory."""
        if path is not None:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            path.chmod(0o600)
        self._connection = sqlite3.connect(path or ":memory:", timeout=5.0, isolation_level=None)
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            # What is lost with the machine's power is put in again, from the journal.
            self._connection.execute("PRAGMA synchronous = NORMAL")
            migrate(
                self._connection, migrations_of("bluegreen.notify"), lambda *_: sqlite3.DatabaseError("it is newer")
            )
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    def controller(self) -> str:
        """The id of this controller, made with the file."""
        self._connection.execute(
            "INSERT INTO controller SELECT ?, 0 WHERE NOT EXISTS (SELECT 1 FROM controller)", (str(uuid.uuid4()),)
        )
        return str(self._connection.execute("SELECT id FROM controller").fetchone()[0])

    def begin(self, newest: Mapping[str, int]) -> Mapping[str, int]:
        """Up to which entry each application was announced; in a new file, up to the newest that there is."""
        with transaction(self._connection):
            if not self._connection.execute("SELECT begun FROM controller").fetchone()[0]:
                self._connection.executemany("INSERT OR REPLACE INTO cursors VALUES (?, ?)", list(newest.items()))
                self._connection.execute("UPDATE controller SET begun = 1")
        return dict(self._connection.execute("SELECT app, seq FROM cursors"))

    def write(self, deliveries: Sequence[Delivery], cursors: Mapping[str, int]) -> None:
        """Deliveries as they are now, and how far applications were announced, in one transaction."""
        with transaction(self._connection):
            self._connection.executemany(_PUT, [_row(delivery) for delivery in deliveries])
            self._connection.executemany("INSERT OR REPLACE INTO cursors VALUES (?, ?)", list(cursors.items()))

    def due(self, channel: str, now: float, limit: int) -> Sequence[Delivery]:
        """Those whose time has come: first attempts before later ones."""
        query = "WHERE channel = ? AND state = 'waiting' AND due <= ? ORDER BY tries, due, n LIMIT ?"
        return self._select(query, channel, now, limit)

    def next_due(self, channel: str) -> float | None:
        """When the next one is due; None: none waits."""
        query = "SELECT min(due) FROM deliveries WHERE channel = ? AND state = 'waiting'"
        found: float | None = self._connection.execute(query, (channel,)).fetchone()[0]
        return found

    def find(self, id: str) -> Delivery | None:
        return next(iter(self._select("WHERE id = ?", id)), None)

    def page(
        self, limit: int, before: int | None, channel: str | None, state: str | None
    ) -> Sequence[tuple[int, Delivery]]:
        """Newest first, each with its number; ``before`` a number for the next page."""
        wanted = {"limit": limit, "before": before, "channel": channel, "state": state}
        return [(row[0], _delivery(row[1:])) for row in self._connection.execute(_PAGE, wanted)]

    def count(self, channel: str) -> int:
        """How many wait."""
        query = "SELECT count(*) FROM deliveries WHERE channel = ? AND state = 'waiting'"
        return int(self._connection.execute(query, (channel,)).fetchone()[0])

    def newest(self, channel: str, limit: int) -> Sequence[Delivery]:
        """Those with the newest attempts, newest first."""
        return self._select("WHERE channel = ? AND attempts != '[]' ORDER BY changed DESC LIMIT ?", channel, limit)

    def forget(self, before: float) -> None:
        """Drop what is over and old, or too much."""
        with transaction(self._connection):
            self._connection.execute("DELETE FROM deliveries WHERE state != 'waiting' AND changed < ?", (before,))
            self._connection.execute(_TOO_MANY, (KEPT,))

    def _select(self, rest: str, *values: object) -> Sequence[Delivery]:
        return [_delivery(row) for row in self._connection.execute(f"{_SELECT} {rest}", values)]


def _row(d: Delivery) -> tuple[object, ...]:
    attempts = json.dumps([asdict(attempt) for attempt in d.attempts])
    what = (d.id, d.channel, d.app, d.news, d.seq, d.at, d.title, d.text, d.body)
    return (*what, d.due, d.state, d.tries, attempts, d.changed)


def _delivery(row: Sequence[Any]) -> Delivery:
    attempts = tuple(Attempt(**attempt) for attempt in json.loads(row[12]))
    return Delivery(*row[:10], state=State(row[10]), tries=row[11], attempts=attempts)  # type: ignore[misc]
