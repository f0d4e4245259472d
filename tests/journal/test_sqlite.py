"""The SQLite journal against reopening, other programs, damage, newer versions, full disks and being killed."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from bluegreen.core import events as e
from bluegreen.core.errors import PermanentError
from bluegreen.journal.base import Draft, Entry, JournalConflict, JournalFull
from bluegreen.journal.sqlite import SqliteJournal


def draft(reason: str = "because", app: str = "shop", event: e.Event | None = None) -> Draft:
    return Draft(app, 1.5, "ann", reason, event or e.Unlocked())


def with_journal(home: Path, use: Callable[[SqliteJournal], Coroutine[Any, Any, Any]]) -> Any:
    async def scenario() -> Any:
        journal = SqliteJournal(home)
        try:
            return await use(journal)
        finally:
            await journal.close()

    return asyncio.run(scenario())


def append(home: Path, count: int, after: int = 0, app: str = "shop") -> list[Entry]:
    return with_journal(home, lambda journal: journal.append([draft(app=app)] * count, after=after))


def read(home: Path) -> list[Entry]:
    return with_journal(home, lambda journal: journal.read())


def by_hand(home: Path, *statements: str) -> None:
    """What somebody else does to the file."""
    with sqlite3.connect(home / "journal.db") as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_everything_is_there_after_reopening(tmp_path: Path) -> None:
    entries = append(tmp_path, 3)
    assert read(tmp_path) == entries
    assert [entry.seq for entry in append(tmp_path, 1, after=3)] == [4]


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    (tmp_path / "journal.db").touch(0o644)

    async def modes(journal: SqliteJournal) -> set[int]:
        await journal.append([draft()], after=0)
        return {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("journal.db*")}

    assert with_journal(tmp_path, modes) == {0o600}


def test_it_is_synchronised_to_the_disk(tmp_path: Path) -> None:
    async def settings(journal: SqliteJournal) -> tuple[str, int]:
        connection = journal._writer._connection

        def look() -> tuple[str, int]:
            mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
            return mode, connection.execute("PRAGMA synchronous").fetchone()[0]

        return journal._writing.submit(look).result()

    full = 2
    assert with_journal(tmp_path, settings) == ("wal", full)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET reason = 'another' WHERE seq = 2",
        "DELETE FROM entries WHERE seq = 3",
        "REPLACE INTO entries SELECT 2, app, at, actor, 'another', kind, event FROM entries WHERE seq = 2",
        "INSERT INTO entries SELECT 5, app, at, actor, reason, kind, event FROM entries WHERE seq = 2",
        "INSERT INTO entries SELECT 0, app, at, actor, reason, kind, event FROM entries WHERE seq = 2",
    ],
)
def test_history_cannot_be_changed(tmp_path: Path, statement: str) -> None:
    entries = append(tmp_path, 3)
    with pytest.raises(sqlite3.IntegrityError):
        by_hand(tmp_path, statement)
    assert read(tmp_path) == entries


# Others on the same file


def test_two_controllers_on_one_application(tmp_path: Path) -> None:
    async def scenario() -> None:
        first, second = SqliteJournal(tmp_path), SqliteJournal(tmp_path)
        for after in range(20):
            tries = (journal.append([draft()], after=after) for journal in (first, second))
            outcomes = await asyncio.gather(*tries, return_exceptions=True)
            assert sorted(type(outcome).__name__ for outcome in outcomes) == ["JournalConflict", "list"]
        assert await first.read() == await second.read()
        await first.close()
        await second.append([draft()], after=20)
        await second.close()

    asyncio.run(scenario())
    assert len(read(tmp_path)) == 21


WRITER = """
import asyncio, sys
from pathlib import Path
from bluegreen.core import events as e
from bluegreen.journal.base import Draft, JournalConflict, JournalFull
from bluegreen.journal.sqlite import SqliteJournal

async def main(home, app):
    journal = SqliteJournal(home)
    newest = max((entry.seq for entry in await journal.read(app)), default=0)
    while True:
        draft = Draft(app, 0.0, "writer", "x" * 300, e.Unlocked())
        try:
            newest = (await journal.append([draft, draft], after=newest))[-1].seq
        except JournalConflict:
            newest = (await journal.read(app))[-1].seq
            continue
        except JournalFull:
            print("full", flush=True)
            sys.stdin.readline()
            continue
        print(newest, flush=True)

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


def writer(home: Path, app: str = "shop", **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(home), app],
        stdout=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        **options,
    )


def test_two_processes_at_once_leave_no_gap_and_lose_nothing(tmp_path: Path) -> None:
    writers = [writer(tmp_path, app) for app in ("shop", "shop", "blog")]
    acknowledged: list[int] = []
    for process in writers:
        assert process.stdout
        acknowledged += [int(process.stdout.readline()) for _ in range(20)]
    for process in writers:
        process.kill()
        process.communicate()
    entries = read(tmp_path)
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    assert len(set(acknowledged)) == len(acknowledged)
    assert len(entries) >= max(acknowledged)


def test_what_was_acknowledged_survives_being_killed(tmp_path: Path) -> None:
    acknowledged = 0
    for round in range(5):
        process = writer(tmp_path)
        assert process.stdout
        for _ in range(3 + 10 * round):
            acknowledged = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = process.communicate()[0].split()
        acknowledged = int(rest[-1]) if rest else acknowledged
        entries = read(tmp_path)
        assert len(entries) >= acknowledged
        # An append is whole: both of its drafts or none.
        assert len(entries) % 2 == 0


def test_a_program_that_has_it_locked_is_named_as_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bluegreen.journal.database._BUSY", 0.05)

    async def scenario(journal: SqliteJournal) -> None:
        await journal.append([draft()], after=0)
        other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(JournalFull, match="locked"):
            await journal.append([draft()], after=1)
        other.execute("ROLLBACK")
        other.close()
        assert len(await journal.append([draft()], after=1)) == 1

    with_journal(tmp_path, scenario)


def test_a_file_that_is_removed_takes_nothing_in(tmp_path: Path) -> None:
    async def scenario(journal: SqliteJournal) -> None:
        await journal.append([draft()], after=0)
        (tmp_path / "journal.db").rename(tmp_path / "elsewhere.db")
        with pytest.raises(JournalFull, match="removed or replaced"):
            await journal.append([draft()], after=1)
        (tmp_path / "elsewhere.db").rename(tmp_path / "journal.db")
        await journal.append([draft()], after=1)

    with_journal(tmp_path, scenario)
    assert len(read(tmp_path)) == 2


# Versions


def test_tables_of_a_newer_version_are_left_alone(tmp_path: Path) -> None:
    append(tmp_path, 1)
    by_hand(tmp_path, "PRAGMA user_version = 99")
    with pytest.raises(PermanentError, match="newer version") as raised:
        read(tmp_path)
    assert "99" in raised.value.why
    assert "pip install --upgrade" in raised.value.cure
    by_hand(tmp_path, "PRAGMA user_version = 1")
    assert len(read(tmp_path)) == 1


def test_events_of_a_newer_version(tmp_path: Path) -> None:
    append(tmp_path, 1)
    columns = "INSERT INTO entries SELECT 2, app, at, actor, reason"
    by_hand(tmp_path, f"{columns}, 'teleported', event FROM entries")
    with pytest.raises(PermanentError, match="newer version") as raised:
        read(tmp_path)
    assert "Entry 2, of shop" in raised.value.why
    assert "teleported" in raised.value.why


def test_a_migration_that_fails_leaves_nothing_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bluegreen.journal import schema

    append(tmp_path, 1)
    known = schema.migrations()
    second = "ALTER TABLE entries ADD COLUMN color TEXT;\n"
    monkeypatch.setattr(schema, "migrations", lambda: (*known, f"{second}INSERT INTO nowhere VALUES (1);\n"))
    with pytest.raises(PermanentError, match="nowhere"):
        read(tmp_path)
    monkeypatch.setattr(schema, "migrations", lambda: (*known, second))
    assert len(read(tmp_path)) == 1
    with sqlite3.connect(tmp_path / "journal.db") as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
        assert connection.execute("SELECT color FROM entries").fetchall() == [(None,)]


# Damage


def damaged(home: Path) -> PermanentError:
    with pytest.raises(PermanentError, match="damaged") as raised:
        read(home)
    assert str(home / "journal.db") in raised.value.what
    assert raised.value.why
    assert "backup" in raised.value.cure
    return raised.value


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_text("this is no database, but it is long enough to be taken for one\n" * 100)
    assert "not a database" in damaged(tmp_path).why


def test_a_file_that_was_cut_short(tmp_path: Path) -> None:
    append(tmp_path, 500)
    os.truncate(tmp_path / "journal.db", 8192)
    damaged(tmp_path)


def test_pages_that_were_overwritten(tmp_path: Path) -> None:
    append(tmp_path, 500)
    data = bytearray((tmp_path / "journal.db").read_bytes())
    for page in range(4096, len(data), 4096):
        data[page : page + 512] = os.urandom(512)
    (tmp_path / "journal.db").write_bytes(data)
    damaged(tmp_path)


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("event", '\'{"kind": "unl\'', "Entry 2, of shop"),
        ("event", '\'{"kind": "approved"}\'', "Entry 2, of shop"),
        ("event", '\'{"kind": "unlocked", "more": 1}\'', "Entry 2, of shop"),
        ("kind", "'approved'", "Entry 2, of shop"),
        ("reason", "CAST(X'ff' AS TEXT)", "UTF-8"),
    ],
)
def test_an_entry_that_was_changed_by_hand(tmp_path: Path, column: str, value: str, why: str) -> None:
    append(tmp_path, 3)
    by_hand(tmp_path, "DROP TRIGGER entries_are_never_changed", f"UPDATE entries SET {column} = {value} WHERE seq = 2")
    assert why in damaged(tmp_path).why


def test_an_entry_that_was_removed_by_hand(tmp_path: Path) -> None:
    append(tmp_path, 3)
    by_hand(tmp_path, "DROP TRIGGER entries_are_never_removed", "DELETE FROM entries WHERE seq = 2")
    assert "2 entries" in damaged(tmp_path).why


def test_damage_elsewhere_does_not_keep_an_application_from_being_read(tmp_path: Path) -> None:
    append(tmp_path, 1)
    append(tmp_path, 1, app="blog")
    by_hand(tmp_path, "DROP TRIGGER entries_are_never_changed", "UPDATE entries SET event = '' WHERE app = 'blog'")
    assert len(with_journal(tmp_path, lambda journal: journal.read("shop"))) == 1


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="cannot be opened") as raised:
        SqliteJournal(tmp_path / "nowhere")
    assert raised.value.cure


# Full disks


def test_a_limit_on_file_size_loses_nothing(tmp_path: Path) -> None:
    if shutil.which("prlimit") is None:
        pytest.skip("prlimit, which sets the limit, is not installed")
    process = writer(tmp_path)
    assert process.stdout
    assert process.stdin
    acknowledged = int(process.stdout.readline())
    limit(process.pid, (tmp_path / "journal.db-wal").stat().st_size + 100_000)
    acknowledged = until_full(process) or acknowledged
    limit(process.pid, 1 << 30)
    process.stdin.write("\n")
    process.stdin.flush()
    assert int(process.stdout.readline()) == acknowledged + 2
    process.kill()
    process.communicate()
    assert len(read(tmp_path)) >= acknowledged + 2


def test_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f"mount -t tmpfs -o size=400k tmpfs {disk} && exec {sys.executable} -c '{FULL_DISK}' {disk}"
    try:
        process = subprocess.run(
            ["unshare", "-rm", "sh", "-c", script], capture_output=True, text=True, timeout=120, check=False
        )
    except FileNotFoundError:
        pytest.skip("unshare, which makes a small disk, is not installed")
    if "unshare" in process.stderr or "mount" in process.stderr:
        pytest.skip(f"a small disk cannot be mounted here: {process.stderr.strip()}")
    assert process.stdout.splitlines() == ["full", "as before", "goes on", "readable when full", "all there"], (
        process.stderr
    )


FULL_DISK = """
import asyncio, contextlib, sys
from pathlib import Path
from bluegreen.core import events as e
from bluegreen.journal.base import Draft, JournalFull
from bluegreen.journal.sqlite import SqliteJournal

async def main(home):
    ballast = home / "ballast"
    ballast.write_bytes(bytes(100_000))
    journal = SqliteJournal(home)
    drafts = [Draft("shop", 0.0, "me", "x" * 1000, e.Unlocked())]
    newest = 0
    try:
        while True:
            newest = (await journal.append(drafts, after=newest))[-1].seq
    except JournalFull as error:
        assert error.why and error.cure
        print("full")
    for _ in range(3):
        try:
            await journal.append(drafts * 50, after=newest)
        except JournalFull:
            pass
        else:
            raise AssertionError("there was room")
    assert [x.seq for x in await journal.read()] == list(range(1, newest + 1))
    print("as before")
    ballast.unlink()
    newest = (await journal.append(drafts, after=newest))[-1].seq
    print("goes on")
    await journal.close()
    ballast.write_bytes(b"")
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1000))
    journal = SqliteJournal(home)
    assert len(await journal.read()) == newest
    assert journal._reading is journal._writing, "the disk was not full"
    print("readable when full")
    try:
        await journal.append(drafts * 50, after=newest)
    except JournalFull:
        ballast.unlink()
    newest = (await journal.append(drafts, after=newest))[-1].seq
    await journal.close()
    journal = SqliteJournal(home)
    assert len(await journal.read()) == newest
    await journal.close()
    print("all there")

asyncio.run(main(Path(sys.argv[1])))
"""


def limit(pid: int, size: int) -> None:
    subprocess.run(["prlimit", f"--fsize={size}:", "--pid", str(pid)], check=True)


def until_full(process: subprocess.Popen[str]) -> int:
    """The last entry that was acknowledged before nothing could be written any more."""
    assert process.stdout
    newest = 0
    for line in process.stdout:
        if line == "full\n":
            return newest
        newest = int(line)
    raise AssertionError("it ended instead")


def test_who_did_not_read_after_reopening_is_told_so(tmp_path: Path) -> None:
    append(tmp_path, 1)
    with pytest.raises(JournalConflict):
        append(tmp_path, 1)
