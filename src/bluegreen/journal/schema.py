"""The database's tables, brought up to date by numbered files of SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from bluegreen.journal.failures import newer


@cache
def migrations() -> tuple[str, ...]:
    """The SQL of each migration, the first one first; their number is the newest version of the tables."""
    folder = files("bluegreen.journal").joinpath("migrations")
    scripts = sorted((item for item in folder.iterdir() if item.name.endswith(".sql")), key=lambda item: item.name)
    assert [int(item.name[:4]) for item in scripts] == list(range(1, len(scripts) + 1))
    return tuple(item.read_text("utf-8") for item in scripts)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables to this version, in one step: all of what is missing or nothing.

    Raises:
        PermanentError: they are of a newer version.
        sqlite3.Error: the database cannot be written.
    """
    if _version(connection, path) == len(migrations()):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again: another process may have been faster.
        for number in range(_version(connection, path), len(migrations())):
            for statement in _statements(migrations()[number]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, path: Path) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(migrations()):
        raise newer(path, f"Its tables have version {version}, and {len(migrations())} is the newest known here")
    return version


def _statements(script: str) -> Iterator[str]:
    """A script's statements, one by one: running it as a whole would end the transaction that it is in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
