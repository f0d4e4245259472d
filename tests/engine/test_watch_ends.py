"""What people and dying instances do to a release under watch."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen.checks.sources import Watched
from bluegreen.core import events as e
from bluegreen.core.errors import Refused
from bluegreen.core.evidence import Reading
from bluegreen.core.model import Result
from bluegreen.core.spec import HttpCheck, HttpProbe, Switch
from bluegreen.core.verdict import Verdict
from tests.engine.harness import APP, Controller, Machine, spec
from tests.engine.watched import WATCH, Probe, ended, events, live_for, lived, saying, under_watch, used, watched_spec

SPLIT = Switch(shift=(50, 100), hold=60.0, drain=5.0)


def live(controller: Controller) -> str | None:
    release = controller.state.live_release
    return release.name if release else None


@pytest.mark.parametrize("switch", [Switch(drain=5.0), SPLIT], ids=["whole", "split"])
def test_a_release_of_which_every_instance_is_dead_is_taken_back_at_once(tmp_path: Path, switch: Switch) -> None:
    async def life(machine: Machine) -> None:
        controller = await live_for(machine)
        number = await under_watch(controller, watched_spec(switch=switch))
        web = [id for id in machine.running if id.place == "green" and id.component == "web"]
        controller.runtime.crash(web[0], recovers=False)
        await asyncio.sleep(3.0)
        assert controller.state.watching is not None, "one is left"
        controller.runtime.crash(web[1], recovers=False)
        result = await ended(controller, number, 1.0)
        assert result.result is Result.ROLLED_BACK
        assert result.reason == "every instance of r2 that takes users' requests is dead"
        assert live(controller) == "r1"

    lived(life, tmp_path)


def test_a_release_that_dies_while_its_route_is_being_set_is_taken_back(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await live_for(machine)

        async def slow(point: str) -> None:
            if point == "after router.set_route":
                await asyncio.sleep(2.0)

        machine.trouble = slow
        number = await controller.deploy(watched_spec())
        await controller.app.until(lambda s: s.unconfirmed is not None, 60.0)
        await asyncio.sleep(1.0)
        for id in [id for id in machine.running if id.place == "green" and id.component == "web"]:
            controller.runtime.crash(id, recovers=False)
        result = await ended(controller, number, 10.0)
        assert result.result is Result.ROLLED_BACK
        assert "is dead" in result.reason
        assert live(controller) == "r1"

    lived(life, tmp_path)


def test_a_release_that_nobody_watches_is_not_taken_back_by_itself(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await live_for(machine)
        number = await controller.deploy(watched_spec(None, switch=SPLIT))
        await controller.app.until(lambda s: s.deployment is not None and s.deployment.step == 1, 60.0)
        for id in [id for id in machine.running if id.place == "green" and id.component == "web"]:
            controller.runtime.crash(id, recovers=False)
        assert (await ended(controller, number)).result is Result.COMPLETED

    lived(life, tmp_path)


def test_a_hotfix_takes_the_place_of_a_watched_release(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine):
            controller = await live_for(machine)
            first = await under_watch(controller)
            await asyncio.sleep(5.0)
            second = await controller.deploy(watched_spec(), supersede=True)
            assert (await ended(controller, first)).result is Result.COMPLETED
            assert (await ended(controller, second)).reason == "r3 is live in blue"
            judged = await events(machine, e.Judged)
            assert [j.deployment for j in judged] == [second]

    lived(life, tmp_path)


def test_a_hotfix_waits_until_a_split_route_is_taken_back(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine):
            controller = await live_for(machine)
            first = await under_watch(controller, watched_spec(switch=SPLIT))
            second = await controller.deploy(supersede=True)
            assert (await ended(controller, first)).result is Result.ROLLED_BACK
            assert (await ended(controller, second)).result is Result.COMPLETED
            assert live(controller) == "r3"

    lived(life, tmp_path)


@pytest.mark.parametrize("ask", ["rollback", "abort"])
def test_a_person_takes_a_watched_release_back(tmp_path: Path, ask: str) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine):
            controller = await live_for(machine)
            number = await under_watch(controller)
            await asyncio.sleep(3.0)
            engine = controller.engine
            await (engine.rollback(APP, None, "alice") if ask == "rollback" else engine.abort(APP, None, "alice"))
            assert (await ended(controller, number, 2.0)).result is Result.ROLLED_BACK
            assert live(controller) == "r1"
            assert await events(machine, e.ActionFailed) == []

    lived(life, tmp_path)


def test_an_application_goes_down_while_a_release_is_watched(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await live_for(machine)
        number = await under_watch(controller)
        await controller.engine.down(APP, "alice")
        assert (await ended(controller, number, 1.0)).result is Result.ABORTED
        assert await controller.app.until(lambda s: s.down, 60.0)
        await controller.rest()
        assert machine.running == {}

    lived(life, tmp_path)


def test_a_watch_that_nobody_waits_for_cannot_be_approved(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await live_for(machine)
        number = await under_watch(controller)
        with pytest.raises(Refused):
            await controller.engine.approve(APP, number, "alice")

    lived(life, tmp_path)


def test_a_standby_that_cannot_be_asked_is_no_reason_to_stay(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine) as users:
            controller = await machine.controller()
            await controller.live(spec(verify=(HttpCheck("/", method="POST"),)))
            await controller.rest(120.0)
            number = await under_watch(controller)
            users.failing = {2: 0.3}
            assert (await ended(controller, number, 15.0)).result is Result.ROLLED_BACK
            probed = await events(machine, e.StandbyProbed)
            assert [p.verdict for p in probed] == [Verdict.CANNOT_TELL]
            assert probed[0].evidence["probes"] == []

    lived(life, tmp_path)


def test_a_standby_that_answers_nothing_is_said_to(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine) as users:
            controller = await live_for(machine)
            number = await under_watch(controller)
            users.failing = {2: 0.3}
            assert (await ended(controller, number, 15.0)).result is Result.ROLLED_BACK
            reasons = [x.reason for x in await machine.journal.read(APP) if isinstance(x.event, e.StandbyProbed)]
            assert reasons == ["the old environment could not be asked: nothing that reads `http` is installed"]

    lived(life, tmp_path)


def test_one_slow_answer_of_the_standby_holds_nobody(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        said = iter([Verdict.BLOCK, *[Verdict.ALLOW] * 10])

        async def answer(watched: Watched) -> Reading:
            return Reading(verdict=next(said), why="no answer within 2 s")

        machine.sources["http"] = Probe(answer)
        async with used(machine) as users:
            controller = await live_for(machine)
            number = await under_watch(controller)
            users.failing = {2: 0.3}
            assert (await ended(controller, number, 15.0)).result is Result.ROLLED_BACK
            assert [p.verdict for p in await events(machine, e.StandbyProbed)] == [Verdict.ALLOW]

    lived(life, tmp_path)


def test_a_standby_is_asked_on_a_regression_only(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        machine.sources["http"] = saying(Verdict.ALLOW)
        async with used(machine):
            controller = await live_for(machine)
            number = await under_watch(controller)
            assert (await ended(controller, number)).result is Result.COMPLETED
            assert machine.sources["http"].asked == 0

    lived(life, tmp_path)


def test_nobody_is_asked_any_more_when_the_watch_is_over(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        machine.sources["http"] = probe = saying(Verdict.ALLOW)
        controller = await live_for(machine)
        number = await under_watch(controller, watched_spec(replace(WATCH, guards=(HttpProbe("/"),))))
        await ended(controller, number)
        asked = probe.asked
        assert 29 <= asked <= 32
        await controller.rest()
        assert probe.asked == asked
        assert await controller.status() | {"watch": None} == await controller.status()

    lived(life, tmp_path)
