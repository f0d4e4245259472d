"""The journal's tables, brought up to date."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from bluegreen.core.errors import BluegreenError
from bluegreen.journal.failures import newer
from bluegreen.system import migrations as sql


def migrations() -> tuple[str, ...]:
    """The SQL of each migration, the first one first; their number is the newest version of the tables."""
    return sql.migrations_of("bluegreen.journal")


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables to this version, in one step: all of what is missing or nothing.

    Raises:
        PermanentError: they are of a newer version.
        sqlite3.Error: the database cannot be written.
    """

    def too_new(version: int, known: int) -> BluegreenError:
        return newer(path, f"Its tables have version {version}, and {known} is the newest known here")

    sql.migrate(connection, migrations(), too_new)
