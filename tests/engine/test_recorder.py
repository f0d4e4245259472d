"""What is remembered of the live release, by which a new one is judged."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bluegreen.core.spec import Switch
from bluegreen.engine.recorder import ENOUGH, WINDOW, Recorded
from tests.engine.harness import APP, Controller, Machine, spec
from tests.engine.watched import Users, ended, live_for, lived, under_watch, used, watched_spec


def recorded(controller: Controller) -> Recorded:
    return controller.engine.recorder.recorded(controller.state)


def rate(found: Recorded) -> float:
    return found.requests / found.seconds


def test_what_users_got_is_remembered_in_intervals_of_ten_seconds(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine, rate=40.0) as users:
            controller = await live_for(machine, 61.0)
            users.failing = {1: 0.5}
            await controller.rest(20.0)
            found = recorded(controller)
            assert [interval.seconds for interval in found.intervals[-7:]] == [10.0] * 7
            assert [interval.requests for interval in found.intervals[-7:]] == pytest.approx([400] * 7, abs=10)
            assert found.intervals[-1].errors == pytest.approx(200, abs=5)
            assert sum(found.times.values()) == found.requests

    lived(life, tmp_path)


def test_the_last_hour_is_remembered_and_no_more(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine, rate=4.0) as users:
            users.failing = {1: 1.0}
            controller = await live_for(machine, 2 * ENOUGH)
            users.failing = {}
            await controller.rest(WINDOW + 20.0)
            found = recorded(controller)
            assert WINDOW - 20 < found.seconds <= WINDOW
            assert found.errors == 0

    lived(life, tmp_path)


def test_a_proxy_that_begins_anew_leaves_a_gap_and_no_nonsense(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine, rate=40.0):
            controller = await live_for(machine, 65.0)
            machine.router.counters.clear()
            machine.router.times.clear()
            await controller.rest(60.0)
            found = recorded(controller)
            assert rate(found) == pytest.approx(40, rel=0.1)
            assert 95 < found.seconds < 125
            assert all(interval.requests >= 0 for interval in found.intervals)

    lived(life, tmp_path)


def test_a_split_route_is_not_what_the_old_release_is_like(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine, rate=40.0):
            controller = await live_for(machine, 120.0)
            before = recorded(controller).seconds
            split = Switch(shift=(90, 100), hold=300.0, drain=5.0)
            number = await under_watch(controller, watched_spec(switch=split))
            await controller.rest(200.0)
            assert recorded(controller).seconds <= before + 10
            await controller.engine.abort(APP, number, "alice")
            await ended(controller, number)
            await controller.rest(60.0)
            found = recorded(controller)
            assert max(interval.seconds for interval in found.intervals) < 20
            assert rate(found) == pytest.approx(40, rel=0.05)
            assert found.seconds == pytest.approx(before + 60, abs=20)

    lived(life, tmp_path)


def test_after_a_rollback_the_record_of_the_old_run_is_used_again(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine, rate=40.0) as users:
            users.failing = {2: 0.5}
            controller = await live_for(machine, 120.0)
            before = recorded(controller)
            await controller.live()
            await controller.rest(90.0)
            assert recorded(controller).errors > 1000, "the new one's own"
            await controller.engine.rollback(APP, None, "alice")
            await controller.rest(30.0)
            found = recorded(controller)
            assert found.errors == 0
            assert before.seconds < found.seconds <= before.seconds + 45
            assert rate(found) == pytest.approx(40, rel=0.05)

    lived(life, tmp_path)


def test_a_rollback_soon_after_a_start_counts_nothing_twice(tmp_path: Path) -> None:
    """Only what the proxy had counted before is known of the old run then."""

    async def life(machine: Machine) -> None:
        async with used(machine, rate=40.0):
            controller = await live_for(machine, 300.0)
            controller.kill()
            coming = asyncio.create_task(Users(machine, rate=40.0).keep_coming())
            controller = await machine.controller()
            await controller.rest(2.0)
            assert rate(recorded(controller)) == pytest.approx(40, rel=0.1)
            await controller.live()
            await controller.rest(15.0)
            await controller.engine.rollback(APP, None, "alice")
            await controller.rest(15.0)
            assert rate(recorded(controller)) == pytest.approx(40, rel=0.1)
            coming.cancel()

    lived(life, tmp_path)


def test_a_controller_that_starts_after_a_rollback_does_not_take_all_requests_for_new_ones(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine, rate=40.0):
            controller = await live_for(machine, 300.0)
            await controller.live()
            await controller.engine.rollback(APP, None, "alice")
            await controller.settle()
            controller.kill()
            controller = await machine.controller()
            await controller.rest(1.0)
            assert rate(recorded(controller)) == pytest.approx(40, rel=0.1)

    lived(life, tmp_path)


def test_a_release_that_is_too_new_is_compared_together_with_the_one_before(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine, rate=40.0):
            controller = await live_for(machine, 300.0)
            await controller.live()
            await controller.rest(20.0)
            assert recorded(controller).seconds > 250
            await controller.rest(60.0)
            assert recorded(controller).seconds < 120

    lived(life, tmp_path)


def test_a_clock_that_was_put_back_makes_no_traffic(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine, rate=40.0):
            controller = await live_for(machine, 300.0)
            controller.kill()
            machine.jump = -86_400.0
            coming = asyncio.create_task(Users(machine, rate=40.0).keep_coming())
            controller = await machine.controller()
            await controller.rest(25.0)
            assert rate(recorded(controller)) == pytest.approx(40, rel=0.1)
            coming.cancel()

    lived(life, tmp_path)


def test_nothing_is_known_of_an_application_that_is_down(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine):
            controller = await live_for(machine, 60.0)
            await controller.engine.down(APP, "alice")
            await controller.rest(60.0)
            assert recorded(controller) == Recorded()
            await controller.live(spec())
            await controller.rest(30.0)
            assert recorded(controller).seconds < 40

    lived(life, tmp_path)
