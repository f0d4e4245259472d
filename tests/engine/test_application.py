"""The engine's own races: what comes in between, what cannot be written down, what fails for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bluegreen.api.deployments import rollback_json
from bluegreen.core.errors import PermanentError, Refused, TemporaryError
from bluegreen.core.model import Phase, Result, Traffic
from bluegreen.core.spec import Hooks, Switch
from bluegreen.journal.base import JournalFull
from tests.engine.harness import Controller, Machine, Trouble, spec
from tests.engine.virtual_time import run

Life = Callable[[Machine], Awaitable[None]]


def lived(life: Life, home: Path) -> None:
    machine = Machine(home)
    run(life(machine))  # type: ignore[arg-type]
    machine.check()


async def two_releases(machine: Machine, **changes: Any) -> Controller:
    controller = await machine.controller()
    await controller.live(spec(**changes))
    await controller.live(spec(**changes))
    await controller.rest()
    return controller


def live(controller: Controller) -> str | None:
    release = controller.state.live_release
    return release.name if release else None


def slow(name: str, seconds: float) -> Trouble:
    async def trouble(point: str) -> None:
        if point == f"before {name}":
            await asyncio.sleep(seconds)

    return trouble


def failing(name: str, error: Exception, times: int = 10**9) -> Trouble:
    left = [times]

    async def trouble(point: str) -> None:
        if point == f"before {name}" and left[0] > 0:
            left[0] -= 1
            raise error

    return trouble


def test_a_rollback_does_what_status_announces_and_twice_changes_nothing(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        found = (await controller.status())["next"]["rollback"]
        assert (found["release"], found["instant"]) == ("r1", True)
        await controller.engine.rollback("shop", None, "alice")
        assert live(controller) == "r1"
        await controller.settle()
        await controller.rest()
        assert controller.workers == {controller.state.live}
        assert (await controller.engine.rollback("shop", None, "alice")).events == ()

    lived(life, tmp_path)


def test_a_dead_standby_is_not_announced_as_instant(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        for id in [id for id in machine.running if id.place == "blue" and id.component == "web"]:
            controller.runtime.crash(id, recovers=False)
        found = (await controller.status())["next"]["rollback"]
        assert (found["release"], found["instant"]) == ("r1", False)
        await controller.engine.rollback("shop", None, "alice")
        await controller.settle()
        assert live(controller) == "r1"

    lived(life, tmp_path)


def test_what_ends_a_deployment_is_not_recorded_when_a_rollback_came_in_between(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        await controller.deploy()
        await controller.app.until(lambda s: s.deployment is not None and s.deployment.phase is Phase.WATCHING, 60)
        machine.trouble = slow("journal.append", 0.2)
        await controller.engine.rollback("shop", None, "alice")
        await controller.settle()
        assert controller.state.ended[-1].result is Result.ROLLED_BACK
        assert (await controller.engine.rollback("shop", None, "alice")).events == ()
        assert live(controller) == "r2"

    lived(life, tmp_path)


# --- live components


def test_a_rollback_while_the_live_component_is_being_moved_brings_it_back(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        await controller.deploy()

        async def slow_worker(point: str) -> None:
            if point == "after runtime.stop" and not controller.workers:
                await asyncio.sleep(20.0)

        machine.trouble = slow_worker
        await controller.app.until(lambda s: s.deployment is None, 60)
        await asyncio.sleep(1.0)
        assert controller.workers == set()
        await controller.engine.rollback("shop", None, "alice")
        await controller.settle()
        await controller.rest()
        assert controller.workers == {controller.state.live}

    lived(life, tmp_path)


# --- shared components


async def replaced(machine: Machine, trouble: Trouble) -> tuple[Controller, int]:
    controller = await two_releases(machine)
    machine.trouble = trouble
    return controller, await controller.deploy(component="ranker")


def test_aborting_a_replacement_never_leads_requests_to_a_copy_that_ends(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller, number = await replaced(machine, slow("runtime.stop", 3.0))
        for _ in range(40):
            await asyncio.sleep(0.5)
            try:
                await controller.engine.abort("shop", number, "alice")
            except Refused:
                continue
            break
        machine.trouble = slow("none", 0)
        await controller.rest()
        assert controller.copies == {controller.state.shared["ranker"].generation}

    lived(life, tmp_path)


@pytest.mark.parametrize("stage", ["runtime.start", "router.prepare"])
def test_a_copy_whose_start_was_aborted_is_not_left_running(tmp_path: Path, stage: str) -> None:
    async def life(machine: Machine) -> None:
        controller, number = await replaced(machine, slow(stage, 0))

        async def hang_after(point: str) -> None:
            if point == f"after {stage}" and len(controller.copies) > 1:
                await asyncio.sleep(1000.0)

        machine.trouble = hang_after
        await asyncio.sleep(1.0)
        assert len(controller.copies) == 2
        await controller.engine.abort("shop", number, "alice")
        machine.trouble = slow("none", 0)
        await controller.rest()
        assert controller.copies == {controller.state.shared["ranker"].generation}

    lived(life, tmp_path)


def test_a_replacement_that_cannot_be_led_to_leaves_the_old_copy_in_use(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller, _ = await replaced(machine, failing("router.prepare", PermanentError("refused")))
        await controller.settle()
        machine.trouble = slow("none", 0)
        await controller.rest()
        assert controller.state.ended[-1].result is Result.FAILED
        assert controller.copies == {controller.state.shared["ranker"].generation} == {1}

    lived(life, tmp_path)


# --- what users were doing


def test_streams_are_not_cut_before_drain_when_the_router_does_not_answer(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        machine.router.counters["shop/blue/1/web"] = Traffic(active=3)
        controller = await two_releases(machine, switch=Switch(drain=300.0))
        machine.trouble = failing("router.traffic", TemporaryError("busy"))
        await controller.deploy()
        await asyncio.sleep(60.0)
        assert any(id.place == "blue" and id.generation == 1 for id in machine.running)

    lived(life, tmp_path)


def test_what_was_cut_is_counted_also_when_the_stop_is_begun_again(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        machine.router.counters["shop/blue/1/web"] = Traffic(active=3)
        controller = await two_releases(machine)
        machine.trouble = failing("runtime.stop", TemporaryError("no port could be released"), times=3)
        await controller.live()
        entries = await machine.journal.read("shop")
        cuts = [x.event.cut for x in entries if x.event.kind == "environment stopped"]
        assert cuts == [3]

    lived(life, tmp_path)


# --- the disk


def test_two_rollbacks_at_once_with_the_disk_full_are_one(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        machine.journal.full = True
        both = [controller.engine.rollback("shop", None, who) for who in ("alice", "bob")]
        await asyncio.gather(*both)
        await controller.rest()
        assert live(controller) == "r1"
        machine.journal.full = False
        await controller.settle()
        await controller.rest()
        assert (live(controller), len(controller.state.ended)) == ("r1", 3)

    lived(life, tmp_path)


def test_users_are_led_back_also_when_the_journal_is_damaged(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        machine.trouble = failing("journal.append", PermanentError("the journal is damaged"))
        await controller.engine.rollback("shop", None, "alice")
        await controller.rest()
        assert live(controller) == "r1"
        assert controller.workers == {controller.state.live}
        assert "damaged" in str((await controller.status())["warnings"])

    lived(life, tmp_path)


def test_a_deployment_that_fills_the_disk_does_not_keep_users_from_going_back(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        machine.trouble = slow("router.prepare", 30.0)  # it is building
        number = await controller.deploy()
        await asyncio.sleep(0.0)
        machine.journal.full = True
        await controller.engine.abort("shop", number, "alice")
        await controller.engine.rollback("shop", None, "alice")
        assert live(controller) == "r1"
        machine.journal.full = False
        machine.trouble = slow("none", 0)
        await controller.settle()
        await controller.rest()
        assert controller.workers == {controller.state.live}

    lived(life, tmp_path)


def test_what_has_been_done_is_not_done_again_because_it_cannot_be_written_down(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        checks = []

        async def fills(point: str) -> None:
            if point == "check":
                checks.append(point)
                machine.journal.full = True

        await controller.deploy()
        machine.trouble = fills
        await asyncio.sleep(200.0)
        machine.trouble = slow("none", 0)
        machine.journal.full = False
        await controller.settle()
        assert (live(controller), len(checks)) == ("r3", 1)

    lived(life, tmp_path)


def test_an_append_that_was_made_though_it_was_said_to_have_failed_is_found(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        left = [1]

        async def lies(point: str) -> None:
            if point == "after journal.append" and left:
                left.pop()
                raise JournalFull("an error while it was synchronised")

        machine.trouble = lies
        with pytest.raises(JournalFull):
            await controller.deploy()
        await controller.rest()
        await controller.settle()
        assert live(controller) == "r3"

    lived(life, tmp_path)


# --- beginnings and ends


def test_a_first_deployment_that_is_started_twice_at_once_is_refused_once(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await machine.controller()
        machine.trouble = slow("journal.read", 1.0)
        outcomes = await asyncio.gather(controller.deploy(), controller.deploy(), return_exceptions=True)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Refused", "int"]
        machine.trouble = slow("none", 0)
        await controller.settle()
        assert live(controller) is not None

    lived(life, tmp_path)


def test_what_the_router_could_not_be_told_once_is_told_again(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await machine.controller()
        await controller.live(spec(failover=True))
        await controller.deploy(spec(failover=True))
        await controller.app.until(lambda s: s.deployment is not None and s.deployment.phase is Phase.WATCHING, 60)
        machine.trouble = failing("router.prepare", TemporaryError("busy"), times=3)
        await controller.settle()
        await controller.rest()
        assert machine.router._routings["shop"].failover

    lived(life, tmp_path)


def test_cleaning_never_removes_a_release_that_a_deployment_has_just_taken_up(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await machine.controller()
        for _ in range(5):
            await controller.live(spec(keep_releases=1))
        assert [r.name for r in controller.state.releases.values()] != ["r5"]
        store, remove = controller.engine.services.store, controller.engine.services.store.remove
        asked = []

        def removes(*args: Any, **options: Any) -> None:
            if not asked:
                asked.append(True)
                loop.call_soon_threadsafe(lambda: asyncio.ensure_future(controller.engine.rollback("shop", 2, "alice")))
            remove(*args, **options)

        loop = asyncio.get_running_loop()
        store.remove = removes  # type: ignore[method-assign]
        machine.trouble = slow("journal.append", 0.001)
        await controller.rest()
        await controller.settle()
        assert all(d.release in controller.state.releases for d in controller.state.ended[-1:])

    lived(life, tmp_path)


def test_stop_all_waits_for_every_drain_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine, switch=Switch(drain=300.0))
        machine.router.counters["shop/green/2/web"] = Traffic(active=3)
        began = machine.clock()
        await controller.engine.down_all("alice")
        assert controller.state.down
        assert not machine.running
        assert machine.clock() - began > 290.0

    lived(life, tmp_path)


# --- failover


def test_a_failover_is_made_the_confirmed_route_once_and_never_flaps(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine, failover=True)
        for id in [id for id in machine.running if id.place == "green" and id.component == "web"]:
            controller.runtime.crash(id)
        await controller.rest()
        assert live(controller) == "r1"
        for id in [id for id in machine.running if id.place == "blue" and id.component == "web"]:
            controller.runtime.crash(id)
        await controller.rest()
        assert (live(controller), len(controller.state.ended)) == ("r1", 3)
        assert controller.workers == {"blue"}

    lived(life, tmp_path)


# --- hooks


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hooks that were run, in order."""
    ran: list[str] = []

    async def run_hook(services: object, state: object, action: Any) -> dict[str, Any]:
        ran.append(action.hook)
        await asyncio.sleep(1.0)
        return {}

    monkeypatch.setattr("bluegreen.engine.perform.run_hook", run_hook)
    return ran


HOOKS = Hooks("migrate", "warm", "tell", "tell back")


def test_each_hook_is_run_once_also_with_the_disk_full_for_a_while(tmp_path: Path, hooks: list[str]) -> None:
    async def life(machine: Machine) -> None:
        controller = await machine.controller()
        await controller.deploy(spec(hooks=HOOKS))
        for _ in range(4):
            machine.journal.full = True
            await asyncio.sleep(30.0)
            machine.journal.full = False
            await asyncio.sleep(2.5)
        await controller.settle()
        assert live(controller) == "r1"

    lived(life, tmp_path)
    assert hooks == ["before_start", "before_switch", "after_switch"]


def test_the_answer_to_a_rollback_does_not_wait_for_its_hook(
    tmp_path: Path, hooks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(services: object, state: object, action: Any) -> dict[str, Any]:
        await asyncio.sleep(500.0)
        return {}

    async def life(machine: Machine) -> None:
        shift = Switch(shift=(50, 100), hold=3600.0)
        controller = await two_releases(machine)
        await controller.deploy(spec(hooks=HOOKS, switch=shift))
        await controller.app.until(lambda s: s.deployment is not None and s.deployment.phase is Phase.WATCHING, 60)
        monkeypatch.setattr("bluegreen.engine.perform.run_hook", endless)
        began = machine.clock()
        outcome = await controller.engine.rollback("shop", None, "alice")
        assert machine.clock() - began < 1.0
        answer = rollback_json(controller.state, outcome, 0)
        assert (answer["confirmed"], answer["release"], answer["target"]) == (True, "r2", "r2")

    lived(life, tmp_path)
