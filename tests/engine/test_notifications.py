"""What is announced reaches the channels in the end, and never holds anything up."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from bluegreen.core.news import News
from bluegreen.notify.delivery import State
from bluegreen.notify.memory import MemoryChannel
from bluegreen.notify.outbox import Outbox
from bluegreen.notify.outbox_file import OutboxFile
from tests.engine.harness import APP, Machine
from tests.engine.told import Hanging, arrived, controller_with, kinds, telling
from tests.engine.watched import lived


def test_a_deployment_and_its_rollback_are_told(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        ops = MemoryChannel()
        controller = await controller_with(machine, ops=ops)
        await controller.live(telling())
        await controller.live(telling())
        await controller.engine.rollback(APP, None, "bob")
        await controller.settle()
        found = await arrived(ops, "rolled back")
        assert kinds(ops) == ["started", "switched", "completed"] * 2 + ["started", "rolled back"]
        assert found.title == "shop: bob led users back from r2 to r1"
        assert found.text.endswith("https://deploy.example.com/#/apps/shop/deployments/3")

    lived(life, tmp_path)


async def two_releases_and_back(machine: Machine, **channels: object) -> list[object]:
    """What the journal has of it, each event with its time."""
    controller = await controller_with(machine, **channels)  # type: ignore[arg-type]
    await controller.live(telling({name: (News.ALL,) for name in ("ops", "other")}))
    await controller.live(telling({name: (News.ALL,) for name in ("ops", "other")}))
    await controller.engine.rollback(APP, None, "bob")
    await controller.settle()
    await controller.rest()
    await controller.engine.close()
    return [(entry.at, entry.seq, entry.event.kind) for entry in await machine.journal.read(APP)]


def test_a_receiver_that_hangs_changes_nothing_about_when_anything_happens(tmp_path: Path) -> None:
    histories = []
    for name, channels in {"alone": {}, "hanging": {"ops": Hanging(), "other": Hanging()}}.items():

        async def life(machine: Machine, channels: dict[str, object] = channels) -> None:
            histories.append(await two_releases_and_back(machine, **channels))

        lived(life, tmp_path / name)
        assert all(channel.asked for channel in channels.values())  # type: ignore[attr-defined]
    alone, hanging = histories
    assert [kind for _, _, kind in alone] == [kind for _, _, kind in hanging]
    assert [at for at, _, _ in alone] == pytest.approx([at for at, _, _ in hanging])


def test_a_channel_that_hangs_starves_no_other(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        ops, hanging = MemoryChannel(), Hanging()
        controller = await controller_with(machine, ops=ops, other=hanging)
        await controller.live(telling({"other": (News.ALL,), "ops": (News.ALL,)}))
        await arrived(ops, "completed")
        assert hanging.asked == 1

    lived(life, tmp_path)


def test_with_a_full_disk_messages_are_sent_all_the_same_and_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = True
    write = OutboxFile.write

    def writing(self: OutboxFile, *what: object) -> None:
        if full:
            raise sqlite3.OperationalError("database or disk is full")
        write(self, *what)  # type: ignore[arg-type]

    monkeypatch.setattr(OutboxFile, "write", writing)

    async def life(machine: Machine) -> None:
        nonlocal full
        ops = MemoryChannel()
        controller = await controller_with(machine, ops=ops)
        await controller.live(telling())
        await arrived(ops, "completed")
        notifications = controller.engine.notifications
        assert "full" in notifications.warnings()[0]
        full = False
        page = await notifications.deliveries(10, None, None, None)
        assert [d.news for _, d in page] == ["completed", "switched", "started"]
        assert {d.state for _, d in page} == {State.DELIVERED}
        assert notifications.warnings() == []
        assert len(ops.sent) == 3

    lived(life, tmp_path)


def test_a_journal_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        ops = MemoryChannel()
        controller = await controller_with(machine, ops=ops)
        await controller.live(telling())
        await controller.live(telling())
        machine.journal.full = True
        await controller.engine.rollback(APP, None, "bob")
        found = await arrived(ops, "trouble")
        assert found.title == "shop: the journal cannot be written"
        assert "Users are served by r1" in found.text
        machine.journal.full = False
        await arrived(ops, "rolled back")
        assert kinds(ops).count("trouble") == 1

    lived(life, tmp_path)


def test_what_was_not_told_when_the_controller_died_is_told_by_the_next_one(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        before = MemoryChannel()
        before.down = True
        controller = await controller_with(machine, ops=before)
        await controller.live(telling())
        await controller.rest(20.0)
        waiting = await controller.engine.notifications.deliveries(10, None, None, "waiting")
        assert len(waiting) == 3
        controller.kill()
        after = MemoryChannel()
        await controller_with(machine, ops=after)
        await controller.rest()
        assert {message.id for message in after.sent} == {delivery.id for _, delivery in waiting}

    lived(life, tmp_path)


def test_an_outbox_that_is_lost_tells_nothing_old(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await controller_with(machine, ops=MemoryChannel())
        await controller.live(telling())
        await controller.engine.close()
        for file in machine.home.glob("outbox.db*"):
            file.write_bytes(b"no database at all, but long enough to be read as one" * 100)
        ops = MemoryChannel()
        again = await controller_with(machine, ops=ops)
        await again.engine.lock(APP, "a fair", "bob")
        await arrived(ops, "locked")
        assert kinds(ops) == ["locked"]
        assert list(machine.home.glob("outbox.db.damaged"))

    lived(life, tmp_path)


def test_a_receiver_that_is_down_is_tried_on_the_schedule_and_given_up(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        ops = MemoryChannel()
        ops.down = True
        controller = await controller_with(machine, ops=ops)
        await controller.live(telling({"ops": (News.COMPLETED,)}))
        await controller.rest(2 * 86400.0)
        ((_, delivery),) = await controller.engine.notifications.deliveries(10, None, None, None)
        times = [attempt.at for attempt in delivery.attempts]
        assert delivery.state is State.GIVEN_UP
        assert len(times) == 9
        assert 20 * 3600 < times[-1] - times[0] < 32 * 3600
        ops.down = False
        await controller.engine.notifications.replay(delivery.id)
        again = await arrived(ops, "completed")
        assert (again.id, again.body) == (delivery.id, delivery.body)

    lived(life, tmp_path)


def test_first_attempts_come_before_a_thousand_that_wait(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        ops = MemoryChannel()
        ops.down = True
        controller = await controller_with(machine, ops=ops)
        await controller.live(telling())
        for number in range(500):
            await controller.engine.lock(APP, f"for the {number}th time", "bob")
            await controller.engine.unlock(APP, "bob")
        await controller.rest(1200.0)
        assert len(await controller.engine.notifications.deliveries(2000, None, None, "waiting")) == 1003
        ops.down = False
        await controller.live(telling())
        await controller.rest(10.0)
        assert "completed" in kinds(ops)
        assert len(ops.sent) < 500
        await controller.rest(7200.0)
        assert len(ops.sent) == 1006

    lived(life, tmp_path)


def test_a_channel_that_is_not_there_stops_no_deployment_and_is_warned_of(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await machine.controller()
        await controller.live(telling())
        assert ["`ops`" in warning for warning in (await controller.status())["warnings"]] == [True]

    lived(life, tmp_path)


def test_what_was_in_the_journal_and_not_in_the_outbox_when_the_controller_died_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_new = Outbox.put_new

    async def never(self: Outbox, *what: object) -> None:
        await asyncio.Event().wait()

    async def life(machine: Machine) -> None:
        monkeypatch.setattr(Outbox, "put_new", never)
        controller = await controller_with(machine, ops=MemoryChannel())
        await controller.live(telling())
        controller.kill()
        monkeypatch.setattr(Outbox, "put_new", put_new)
        ops = MemoryChannel()
        await controller_with(machine, ops=ops)
        await arrived(ops, "completed")
        assert kinds(ops) == ["started", "switched", "completed"]

    lived(life, tmp_path)


def test_an_instance_that_crashes_all_the_time_is_told_now_and_then(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        ops = MemoryChannel()
        controller = await controller_with(machine, ops=ops)
        await controller.live(telling({"ops": (News.CRASHED,)}))
        web = next(id for id in machine.running if id.component == "web")
        for _ in range(130):
            controller.runtime.crash(web)
            await controller.rest(10.0)
        assert 2 <= len(ops.sent) <= 3
        assert "crashes of web in blue" in ops.sent[1].title

    lived(life, tmp_path)
