"""The outbox on disk: what it keeps, for how long, and what it does when the file cannot be used."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.notify import outbox_file, unsaved
from bluegreen.notify.delivery import Delivery, State, delivery_id
from bluegreen.notify.outbox import Outbox
from bluegreen.notify.outbox_file import KEPT_FOR, OutboxFile

NOW = 1_700_000_000.0


def delivery(number: int = 1, **changes: object) -> Delivery:
    plain = Delivery(f"msg_{number}", "ops", "shop", "failed", number, NOW, "A title", "Text", "{}", due=NOW)
    return replace(plain, **changes)  # type: ignore[arg-type]


def lived(home: Path, *lives: Callable[[Outbox], Awaitable[None]]) -> None:
    """One life of a controller after the other, each with its outbox."""

    async def live(life: Callable[[Outbox], Awaitable[None]]) -> None:
        outbox = Outbox(home)
        await outbox.open({"shop": 7})
        await life(outbox)
        await outbox.close()

    for life in lives:
        asyncio.run(live(life))


def test_what_was_put_in_is_there_after_a_restart(tmp_path: Path) -> None:
    async def before(outbox: Outbox) -> None:
        await outbox.put_new([delivery()], {"shop": 9})

    async def after(outbox: Outbox) -> None:
        assert await outbox.next("ops", NOW) == delivery()
        assert await outbox.next("other", NOW) is None
        assert await outbox.next_due("ops") == NOW

    lived(tmp_path, before, after)
    assert (tmp_path / "outbox.db").stat().st_mode & 0o777 == 0o600


def test_cursors_begin_where_the_history_is_and_grow_from_there(tmp_path: Path) -> None:
    async def cursors(newest: dict[str, int]) -> dict[str, int]:
        outbox = Outbox(tmp_path)
        found = await outbox.open(newest)
        await outbox.put_new([], {"shop": 12})
        await outbox.close()
        return dict(found)

    assert asyncio.run(cursors({"shop": 7})) == {"shop": 7}
    assert asyncio.run(cursors({"shop": 20, "new": 3})) == {"shop": 12}


def test_the_id_of_the_controller_stays(tmp_path: Path) -> None:
    ids: list[str] = []

    async def look(outbox: Outbox) -> None:
        ids.append(outbox.controller)

    lived(tmp_path, look, look)
    assert ids[0] == ids[1]
    assert delivery_id(ids[0], "shop", "7", "ops") == delivery_id(ids[1], "shop", "7", "ops")
    assert delivery_id(ids[0], "shop", "7", "ops") != delivery_id(ids[0], "shop", "7", "hook")


def test_what_is_told_again_changes_nothing(tmp_path: Path) -> None:
    async def life(outbox: Outbox) -> None:
        await outbox.put_new([delivery()], {})
        await outbox.put([delivery().delivered(NOW + 1, "200")])
        await outbox.put_new([delivery()], {})
        found = await outbox.find("msg_1")
        assert found is not None
        assert found.state is State.DELIVERED

    lived(tmp_path, life)


def test_first_attempts_come_first_and_what_is_not_due_not_at_all(tmp_path: Path) -> None:
    async def life(outbox: Outbox) -> None:
        old, later = delivery(1, tries=3, due=NOW - 50), delivery(2, due=NOW + 50)
        await outbox.put_new([old, later, delivery(3)], {})
        assert await outbox.next("ops", NOW) == delivery(3)
        await outbox.put([delivery(3).delivered(NOW, "200")])
        assert await outbox.next("ops", NOW) == old

    lived(tmp_path, life)


def test_pages_and_filters(tmp_path: Path) -> None:
    async def life(outbox: Outbox) -> None:
        await outbox.put_new([delivery(n, channel="ops" if n % 2 else "hook") for n in range(1, 8)], {})
        await outbox.put([delivery(7).delivered(NOW, "200")])
        first = await outbox.page(3)
        assert [d.seq for _, d in first] == [7, 6, 5]
        assert [d.seq for _, d in await outbox.page(3, before=first[-1][0])] == [4, 3, 2]
        assert [d.seq for _, d in await outbox.page(9, channel="hook")] == [6, 4, 2]
        assert [d.seq for _, d in await outbox.page(9, channel="ops", state="delivered")] == [7]

    lived(tmp_path, life)


def test_health_is_what_waits_and_what_happened_last(tmp_path: Path) -> None:
    async def life(outbox: Outbox) -> None:
        assert (await outbox.health("ops")).waiting == 0
        refused = delivery(1).refused(NOW + 1, TemporaryError("It answered 500."), 0.0)
        await outbox.put_new([refused, delivery(2).delivered(NOW + 2, "200"), delivery(3)], {})
        health = await outbox.health("ops")
        assert (health.waiting, health.last_delivered) == (2, NOW + 2)
        assert health.last_failure is not None
        assert (health.last_failure.at, health.last_failure.answer) == (NOW + 1, "It answered 500.")

    lived(tmp_path, life)


def test_it_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_file, "KEPT", 3)

    async def life(outbox: Outbox) -> None:
        over = [delivery(n).delivered(NOW + n, "200") for n in range(1, 7)]
        await outbox.put_new([*over, delivery(99, at=NOW - 2 * KEPT_FOR)], {})
        await outbox.forget_old(NOW)
        assert [d.seq for _, d in await outbox.page(99)] == [99, 6, 5, 4]
        await outbox.forget_old(NOW + 5.5 + KEPT_FOR)
        assert [d.seq for _, d in await outbox.page(99)] == [99, 6]

    lived(tmp_path, life)


def test_what_cannot_be_written_is_kept_in_memory_bounded_and_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unsaved, "MOST", 3)
    write = OutboxFile.write

    def full(self: OutboxFile, *what: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    async def life(outbox: Outbox) -> None:
        monkeypatch.setattr(OutboxFile, "write", full)
        await outbox.put_new([delivery(n) for n in range(1, 5)], {"shop": 30})
        await outbox.put([delivery(4).delivered(NOW, "200")])
        assert "full" in outbox.trouble
        assert await outbox.next("ops", NOW) == delivery(2)
        assert await outbox.next_due("ops") == NOW
        monkeypatch.setattr(OutboxFile, "write", write)
        assert [(d.seq, d.state) for _, d in await outbox.page(9)] == [(4, "delivered"), (3, "waiting"), (2, "waiting")]
        assert outbox.trouble == ""

    lived(tmp_path, life)


def test_without_a_file_it_is_kept_in_memory(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").mkdir()

    async def life(outbox: Outbox) -> None:
        assert "directory" in outbox.trouble.lower()
        await outbox.put_new([delivery()], {"shop": 9})
        assert await outbox.next("ops", NOW) == delivery()

    lived(tmp_path, life)


def test_an_attempt_leads_to_the_next_one_or_to_an_end() -> None:
    waiting = delivery()
    again = waiting.refused(NOW, TemporaryError("It answered 500."), 0.0)
    assert (again.state, again.tries, again.due) == (State.WAITING, 1, NOW + 5)
    failed = again.refused(NOW + 5, PermanentError("It is not installed."), 0.0)
    assert failed.state is State.FAILED
    assert [attempt.answer for attempt in failed.attempts] == ["It answered 500.", "It is not installed."]
    for _ in range(8):
        again = again.refused(NOW, TemporaryError("It answered 500."), 1.0)
    assert again.state is State.GIVEN_UP
    replayed = again.replayed(NOW)
    assert (replayed.state, replayed.tries, len(replayed.attempts)) == (State.WAITING, 0, 9)
    assert (replayed.id, replayed.body) == (waiting.id, waiting.body)
