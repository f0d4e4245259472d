"""The disk is full, or an answer of the journal is lost, while a release is watched."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from bluegreen.core import events as e
from bluegreen.core.errors import TemporaryError
from bluegreen.core.model import Result
from bluegreen.core.replay import judge_again
from bluegreen.core.spec import Switch
from bluegreen.core.verdict import Verdict
from bluegreen.journal.base import JournalConflict, JournalFull
from tests.engine.harness import APP, Machine
from tests.engine.watched import (
    ended,
    events,
    live_for,
    lived,
    saying,
    ticks,
    under_watch,
    used,
    watched_spec,
    watching,
)

SPLIT = Switch(shift=(50, 100), hold=60.0, drain=5.0)


@pytest.mark.parametrize("switch", [Switch(drain=5.0), SPLIT], ids=["whole", "split"])
def test_with_the_disk_full_a_regression_leads_back_and_is_written_later(tmp_path: Path, switch: Switch) -> None:
    async def life(machine: Machine) -> None:
        machine.sources["http"] = saying(Verdict.ALLOW)
        async with used(machine) as users:
            controller = await live_for(machine)
            number = await under_watch(controller, watched_spec(switch=switch))
            await asyncio.sleep(12.0)
            machine.journal.full = True
            await asyncio.sleep(15.0)
            assert watching(controller).elapsed > 24, "evidence is kept in memory"
            users.failing = {2: 0.3}
            assert (await ended(controller, number, 15.0)).result is Result.ROLLED_BACK
            assert len(await events(machine, e.Judged)) == 0
            machine.journal.full = False
            await controller.rest(5.0)
            assert [j.verdict for j in await events(machine, e.Judged)] == [Verdict.BLOCK]
            spans = sum(tick.span for tick in await ticks(machine, number))
            assert 27 < spans < 45, "every second is there once"
            assert all(one.same for one in judge_again(APP, await machine.journal.read(APP), number))

    lived(life, tmp_path)


def test_with_the_disk_full_a_restarted_controller_goes_on_judging(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        machine.sources["http"] = saying(Verdict.ALLOW)
        async with used(machine) as users:
            controller = await live_for(machine)
            number = await under_watch(controller)
            await asyncio.sleep(12.0)
            last = (await ticks(machine, number))[-1].at
            controller.kill()
            machine.journal.full = True
            task = asyncio.create_task(users.keep_coming())
            await asyncio.sleep(7.0)
            missed = machine.clock() - last
            controller = await machine.controller()
            await asyncio.sleep(5.0)
            users.failing = {2: 0.3}
            assert (await ended(controller, number, 15.0)).result is Result.ROLLED_BACK
            machine.journal.full = False
            await controller.rest(5.0)
            assert [r.missed for r in await events(machine, e.WatchResumed)] == [pytest.approx(missed, abs=1.0)]
            task.cancel()

    lived(life, tmp_path)


def test_evidence_that_was_written_after_all_is_not_counted_twice(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine):
            controller = await live_for(machine)
            number = await under_watch(controller)
            lost = [1]

            async def answer_is_lost(point: str) -> None:
                if point == "after journal.append" and lost:
                    lost.clear()
                    raise TemporaryError("the answer of the database was lost")

            await asyncio.sleep(5.0)
            machine.trouble = answer_is_lost
            await ended(controller, number)
            assert not lost
            found = await ticks(machine, number)
            assert len({tick.at for tick in found}) == len(found)
            assert 30 <= sum(tick.span for tick in found) < 32
            assert all(one.same for one in judge_again(APP, await machine.journal.read(APP), number))

    lived(life, tmp_path)


def test_evidence_that_was_written_after_all_is_left_out_whoever_finds_that(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine):
            controller = await live_for(machine)
            number = await under_watch(controller)

            async def answer_is_lost(point: str) -> None:
                if point == "after journal.append":
                    machine.trouble = nothing
                    raise JournalFull("the answer of the database was lost")

            await asyncio.sleep(4.5)
            machine.trouble = answer_is_lost
            while machine.trouble is answer_is_lost:
                await asyncio.sleep(0.5)
            with contextlib.suppress(JournalConflict):
                await controller.engine.lock(APP, "a freeze", "alice")
            await ended(controller, number)
            found = await ticks(machine, number)
            assert len({tick.at for tick in found}) == len(found)
            assert 30 <= sum(tick.span for tick in found) < 32

    lived(life, tmp_path)


async def nothing(point: str) -> None:
    """No trouble."""
