"""Tables of an SQLite file, brought up to date by numbered files of SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.resources import files

TooNew = Callable[[int, int], Exception]
"""The error for tables of a version that is newer than the newest known one."""


@cache
def migrations_of(package: str) -> tuple[str, ...]:
    """The SQL in a package's ``migrations``, the first one first; their number is the newest version of the tables."""
    folder = files(package).joinpath("migrations")
    scripts = sorted((item for item in folder.iterdir() if item.name.endswith(".sql")), key=lambda item: item.name)
    assert [int(item.name[:4]) for item in scripts] == list(range(1, len(scripts) + 1))
    return tuple(item.read_text("utf-8") for item in scripts)


def migrate(connection: sqlite3.Connection, scripts: Sequence[str], too_new: TooNew) -> None:
    """Bring the tables to the newest version, in one step: all of what is missing or nothing.

    Raises what ``too_new`` makes, and sqlite3.Error when the database cannot be written.
    """
    if _version(connection, scripts, too_new) == len(scripts):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again: another process may have been faster.
        for number in range(_version(connection, scripts, too_new), len(scripts)):
            for statement in _statements(scripts[number]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection, scripts: Sequence[str], too_new: TooNew) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(scripts):
        raise too_new(version, len(scripts))
    return version


def _statements(script: str) -> Iterator[str]:
    """A script's statements, one by one: running it as a whole would end the transaction that it is in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
