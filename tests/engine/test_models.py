"""Models of a shared component: loaded before the environment starts, kept while needed, loaded again when lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen.core import commands
from bluegreen.core.errors import InvalidInput, NotFound, PermanentError, Refused, TemporaryError
from bluegreen.core.model import EnvironmentState, Result
from bluegreen.core.spec import AppSpec, Switch
from bluegreen.engine.status import deployment_json
from tests.engine.harness import Controller, Machine, Trouble, with_model
from tests.engine.virtual_time import run

Life = Callable[[Machine], Awaitable[None]]


def lived(life: Life, home: Path) -> None:
    machine = Machine(home)
    run(life(machine))  # type: ignore[arg-type]
    machine.check()


async def two_releases(machine: Machine) -> Controller:
    controller = await machine.controller()
    await controller.live(with_model(1))
    await controller.live(with_model(2))
    await controller.rest()
    return controller


def order(controller: Controller, journal: list[str]) -> list[str]:
    wanted = ("model loading", "model loaded", "environment starting", "model unloading", "model unloaded")
    return [kind for kind in journal if kind in wanted]


async def kinds(machine: Machine) -> list[str]:
    return [entry.event.kind for entry in await machine.journal.read("shop")]


def failing(name: str, error: Exception, times: int = 10**9) -> Trouble:
    left = [times]

    async def trouble(point: str) -> None:
        if point == f"before {name}" and left[0] > 0:
            left[0] -= 1
            raise error

    return trouble


def test_a_revision_is_loaded_and_proved_before_the_environment_starts(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        assert controller.loaded == {"chat-v1", "chat-v2"}
        found = order(controller, await kinds(machine))
        assert found == ["model loading", "model loaded", "environment starting"] * 2

    lived(life, tmp_path)


def test_a_revision_is_unloaded_only_when_its_environment_is_empty(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        standby = controller.state.environments[controller.state.idle]
        assert standby.state is EnvironmentState.STANDBY
        await controller.rest(200.0)  # longer than it is kept
        assert controller.state.environments[standby.color].state is EnvironmentState.EMPTY
        assert controller.loaded == {"chat-v2"}
        found = await kinds(machine)
        assert found.index("environment stopped") < found.index("model unloading") < found.index("model unloaded")

    lived(life, tmp_path)


def test_a_rollback_to_a_warm_standby_loads_nothing(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        before = (await kinds(machine)).count("model loading")
        await controller.engine.rollback("shop", None, "alice")
        await controller.settle()
        live = controller.state.live_release
        assert live is not None
        assert live.name == "r1"
        assert (await kinds(machine)).count("model loading") == before

    lived(life, tmp_path)


def test_a_rollback_to_a_cold_release_loads_its_revision_again(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        await controller.rest(200.0)
        await controller.engine.rollback("shop", None, "alice")
        await controller.settle()
        assert controller.loaded == {"chat-v1", "chat-v2"}

    lived(life, tmp_path)


def test_a_server_that_refuses_fails_the_deployment_with_its_words(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        machine.model_servers.refuses["chat-v3"] = "no room on the GPU"
        await controller.deploy(with_model(3))
        await controller.settle()
        await controller.rest(5.0)
        ended = controller.state.ended[-1]
        assert ended.result is Result.FAILED
        assert "no room on the GPU" in ended.reason
        live = controller.state.live_release
        assert live is not None
        assert live.name == "r2"
        assert controller.loaded == {"chat-v1", "chat-v2"}, "the standby has kept its revision"
        assert controller.state.environments[controller.state.idle].warm
        assert list(controller.state.shared["ranker"].models.values())[-1].loaded

    lived(life, tmp_path)


def test_what_was_half_loaded_when_the_deployment_was_aborted_is_unloaded(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)

        async def slow(point: str) -> None:
            if point == "before serving.prove":
                await asyncio.sleep(50.0)

        machine.trouble = slow
        await controller.deploy(with_model(3))
        await asyncio.sleep(10.0)
        assert "chat-v3" in controller.loaded
        await controller.engine.abort("shop", None, "alice")
        machine.trouble = failing("nothing", TemporaryError(""))
        await controller.rest(5.0)
        assert controller.loaded == {"chat-v1", "chat-v2"}
        assert len(controller.state.shared["ranker"].models) == 2

    lived(life, tmp_path)


def test_a_shared_component_that_ended_gets_every_revision_back(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        machine.crash("ranker")
        assert controller.loaded == set()
        await controller.rest(1.0)
        assert controller.loaded == {"chat-v1", "chat-v2"}
        assert "models lost" in await kinds(machine)

    lived(life, tmp_path)


def test_a_crash_that_a_dead_controller_missed_is_found_at_its_start(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        controller.kill()
        machine.crash("ranker")
        await asyncio.sleep(1.0)
        controller = await machine.controller()
        await controller.rest(5.0)
        assert controller.loaded == {"chat-v1", "chat-v2"}

    lived(life, tmp_path)


def test_a_restarted_controller_asks_no_server_for_what_is_there(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        controller.kill()
        calls: list[str] = []

        async def heard(point: str) -> None:
            calls.append(point)

        machine.trouble = heard
        controller = await machine.controller()
        await controller.rest(5.0)
        assert not [call for call in calls if "serving" in call]
        assert controller.loaded == {"chat-v1", "chat-v2"}

    lived(life, tmp_path)


def test_a_revision_that_cannot_be_loaded_again_is_shown_and_tried_on(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        machine.model_servers.refuses["chat-v1"] = "the disk is gone"
        machine.crash("ranker")
        await controller.rest(5.0)
        assert controller.loaded == {"chat-v2"}, "what the other environment needs does not wait for it"
        status = await controller.status()
        assert any("the disk is gone" in warning for warning in status["warnings"])
        machine.model_servers.refuses.clear()
        await controller.rest(20.0)
        assert controller.loaded == {"chat-v1", "chat-v2"}

    lived(life, tmp_path)


def test_users_are_not_moved_while_a_crash_has_taken_the_model(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)

        async def crashing(point: str) -> None:
            if point == "check":
                machine.trouble = failing("serving.load", PermanentError("not yet"), times=5)
                machine.crash("ranker")
                await asyncio.sleep(0.1)

        machine.trouble = crashing
        await controller.deploy(with_model(3))
        await controller.settle()
        events = await machine.journal.read("shop")
        lost = next(x.seq for x in events if x.event.kind == "models lost")
        loaded = [x.seq for x in events if x.event.kind == "model loaded" and x.event.served_name == "chat-v3"]
        confirmed = [x.seq for x in events if x.event.kind == "route confirmed"]
        assert loaded[0] < lost < loaded[-1] < confirmed[-1]

    lived(life, tmp_path)


def test_a_replacement_has_every_revision_before_anyone_is_led_to_it(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        before = controller.state.shared["ranker"].endpoints
        await controller.deploy(with_model(2), component="ranker")
        await controller.settle()
        after = controller.state.shared["ranker"].endpoints
        assert after != before
        assert set(machine.model_servers.loaded[after[0]]) == {"chat-v1", "chat-v2"}

    lived(life, tmp_path)


def test_a_replacement_that_cannot_load_a_revision_is_given_up(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        before = controller.state.shared["ranker"].endpoints
        machine.model_servers.refuses["chat-v1"] = "no such adapter"
        await controller.deploy(with_model(2), component="ranker")
        await controller.settle()
        await controller.rest()
        assert controller.state.ended[-1].result is Result.FAILED
        assert "no such adapter" in controller.state.ended[-1].reason
        assert controller.state.shared["ranker"].endpoints == before
        assert len(controller.copies) == 1

    lived(life, tmp_path)


def several(spec: AppSpec, instances: int) -> AppSpec:
    components = tuple(replace(c, instances=instances) if c.shared else c for c in spec.components)
    return replace(spec, components=components)


def test_each_instance_is_loaded_and_only_the_one_that_ended_again(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await machine.controller()
        await controller.live(several(with_model(1), 3))
        held = machine.model_servers.loaded
        assert len(held) == 3
        calls: list[str] = []

        async def heard(point: str) -> None:
            calls.append(point)

        machine.trouble = heard
        machine.crash("ranker", 2)
        await controller.rest(5.0)
        assert calls.count("before serving.load") == 1
        assert all(set(names) == {"chat-v1"} for names in held.values())
        assert len(held) == 3

    lived(life, tmp_path)


async def half_way(machine: Machine, *refused: str) -> Controller:
    """Half of the users are on r2 when the shared component ends and gets all but these revisions back."""
    controller = await machine.controller()
    await controller.live(with_model(1))
    await controller.deploy(with_model(2, switch=Switch(shift=(50, 100), hold=1000.0)))
    assert await controller.app.until(lambda s: s.confirmed is not None and len(s.confirmed.shares) == 2, 60.0)
    machine.model_servers.refuses |= dict.fromkeys(refused, "not yet")
    machine.crash("ranker")
    await controller.rest(5.0)
    return controller


def live(controller: Controller) -> str | None:
    route, release = controller.machine.router._routes["shop"], controller.state.live_release
    return release.name if release is not None and len(route.shares) == 1 else None


def test_users_are_not_led_back_to_a_missing_model_while_they_are_answered(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await half_way(machine, "chat-v1")
        await controller.engine.rollback("shop", None, "alice")
        await controller.rest(10.0)
        assert live(controller) is None
        assert "The way back waits until chat-v1 is loaded again" in str((await controller.status())["warnings"])
        machine.model_servers.refuses.clear()
        await controller.settle()
        assert live(controller) == "r1"

    lived(life, tmp_path)


def test_where_both_miss_theirs_users_are_led_back_at_once(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await half_way(machine, "chat-v1", "chat-v2")
        await controller.engine.rollback("shop", None, "alice")
        await controller.settle(1.0)
        assert live(controller) == "r1"

    lived(life, tmp_path)


def test_the_way_back_waits_for_no_model_once_the_new_release_is_dead(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await half_way(machine, "chat-v1")
        await controller.engine.rollback("shop", None, "alice")
        new = controller.state.deployment
        assert new is not None
        for id in [id for id in machine.running if id.place == new.color and id.component == "web"]:
            controller.runtime.crash(id, recovers=False)
        await controller.settle(5.0)
        assert live(controller) == "r1"

    lived(life, tmp_path)


async def two_instances(machine: Machine) -> Controller:
    controller = await machine.controller()
    for version in (1, 2):
        await controller.live(several(with_model(version), 2))
    await controller.rest()
    return controller


async def slow_load(point: str) -> None:
    if point == "before serving.load":
        await asyncio.sleep(20.0)


def test_an_instance_that_ended_takes_no_requests_until_it_has_every_revision(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_instances(machine)
        both = machine.led_to
        assert len(both) == 2
        machine.trouble = slow_load
        machine.crash("ranker", 2)
        await controller.rest(5.0)
        assert machine.led_to == both[:1]
        warnings = str((await controller.status())["warnings"])
        assert "ranker.2 ended and lost what it had in memory" in warnings
        await controller.rest(30.0)
        assert machine.led_to == both

    lived(life, tmp_path)


def test_it_is_left_out_while_a_deployment_is_under_way_as_well(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_instances(machine)
        both = machine.led_to
        seen: list[tuple[str, ...]] = []

        async def crashing(point: str) -> None:
            if point == "check":
                machine.crash("ranker", 2)
                await asyncio.sleep(5.0)
                seen.append(machine.led_to)
            await slow_load(point)

        machine.trouble = crashing
        await controller.live(several(with_model(3), 2))
        assert seen == [both[:1]]
        await controller.rest()
        assert machine.led_to == both

    lived(life, tmp_path)


def test_the_first_that_has_everything_again_answers_alone(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_instances(machine)
        both = machine.led_to
        machine.trouble = slow_load
        machine.crash("ranker", 1, recovers=False)
        machine.crash("ranker", 2)
        await controller.rest(5.0)
        assert machine.led_to == both, "none has anything: who asks for something else is answered"
        await controller.rest(30.0)
        assert machine.led_to == both[1:], "it waits for no other"

    lived(life, tmp_path)


def test_after_a_life_without_a_controller_it_is_left_out_before_it_is_started_again(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_instances(machine)
        both = machine.led_to
        controller.kill()
        machine.crash("ranker", 2, recovers=False)
        seen: set[tuple[str, ...]] = set()

        async def looking(point: str) -> None:
            if point == "before runtime.resume":
                seen.add(machine.led_to)

        machine.trouble = looking
        controller = await machine.controller()
        assert seen == {both[:1]}
        await controller.rest(5.0)
        assert machine.led_to == both

    lived(life, tmp_path)


def test_a_name_that_another_revision_has_is_refused(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        wanted = with_model(2)
        other = replace(wanted, models=(replace(wanted.served[0], source="s3://elsewhere"),))
        with pytest.raises(InvalidInput, match=r"`chat-v2` is taken in ranker.*live r2 in"):
            await controller.deploy(other)

    lived(life, tmp_path)


def test_a_name_is_free_again_when_nothing_needs_its_revision(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        await controller.rest(200.0)
        wanted = with_model(1)
        other = replace(wanted, models=(replace(wanted.served[0], source="s3://elsewhere"),))
        await controller.live(other)
        address = controller.state.shared["ranker"].endpoints[0]
        assert machine.model_servers.loaded[address]["chat-v1"] == "s3://elsewhere"

    lived(life, tmp_path)


def test_two_releases_with_one_revision_share_it(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await machine.controller()
        await controller.live(with_model(1))
        await controller.live(with_model(1, switch=Switch(drain=1.0)))
        assert (await kinds(machine)).count("model loading") == 1
        await controller.rest(200.0)
        assert controller.loaded == {"chat-v1"}, "the live release needs it on"

    lived(life, tmp_path)


def test_going_down_forgets_them_with_the_component(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        await controller.app.command(commands.down, "alice")
        assert await controller.app.until(lambda state: state.down, 600.0)
        assert controller.loaded == set()
        await controller.live(with_model(2))
        assert controller.loaded == {"chat-v2"}

    lived(life, tmp_path)


def test_instances_are_told_what_to_ask_for(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        instances = controller.engine.services.instances
        for release in controller.state.releases.values():
            told = instances.variables("shop", release, "green", "web")
            assert told["CHAT_MODEL"] == f"chat-v{release.number}"
            assert told["RANKER_URL"].startswith("http://127.0.0.1:")
            assert "CHAT_MODEL" not in instances.variables("shop", release, "shared", "ranker")

    lived(life, tmp_path)


def test_a_component_that_does_not_become_ready_fails_the_deployment(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await machine.controller()
        wanted = with_model(1)
        slow = replace(wanted, models=(replace(wanted.served[0], within=5.0),))

        async def ending(point: str) -> None:
            if point == "after runtime.start":
                for id in [id for id in machine.running if id.component == "ranker"]:
                    controller.runtime.crash(id, recovers=False)

        machine.trouble = ending
        await controller.deploy(slow)
        await controller.settle()
        assert controller.state.ended[-1].result is Result.FAILED
        assert "ranker is not ready" in controller.state.ended[-1].reason

    lived(life, tmp_path)


def test_unloading_is_refused_while_something_needs_it(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        with pytest.raises(Refused, match=r"chat-v1 stays in ranker: the standby r1 in"):
            await controller.engine.unload_model("shop", "chat-v1", "alice")
        with pytest.raises(Refused, match=r"the live r2 in"):
            await controller.engine.unload_model("shop", "chat-v2", "alice")
        with pytest.raises(NotFound, match="serves `chat-v9`"):
            await controller.engine.unload_model("shop", "chat-v9", "alice")
        machine.trouble = failing("serving.unload", PermanentError("busy"))
        await controller.rest(200.0)
        assert "busy" in str((await controller.status())["warnings"])
        outcome = await controller.engine.unload_model("shop", "chat-v1", "alice")
        assert outcome.notice == "Nothing needs chat-v1: it is being unloaded already."
        assert controller.loaded == {"chat-v1", "chat-v2"}

    lived(life, tmp_path)


def test_status_says_what_is_loaded_and_for_whom(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        found = (await controller.status())["models"]
        assert [(one["name"], one["component"], one["state"], one["copy"]) for one in found] == [
            ("chat-v1", "ranker", "loaded", "in use"),
            ("chat-v2", "ranker", "loaded", "in use"),
        ]
        assert found[0]["needed_by"] == [f"the standby r1 in {controller.state.idle}"]
        assert found[1]["needed_by"] == [f"the live r2 in {controller.state.live}"]

    lived(life, tmp_path)


def test_status_says_how_long_a_rollback_takes_and_what_it_waits_for(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)

        async def back() -> dict[str, object]:
            found: dict[str, object] = (await controller.status())["next"]["rollback"]
            return found

        warm = await back()
        assert (warm["instant"], warm["waits_for"]) == (True, [])
        assert warm["seconds"] == warm["about"]
        machine.model_servers.refuses["chat-v1"] = "gone"
        machine.crash("ranker")
        await controller.rest(5.0)
        waiting = await back()
        assert (waiting["waits_for"], waiting["seconds"]) == (["chat-v1"], None)
        machine.model_servers.refuses.clear()
        await controller.rest(200.0)
        cold = await back()
        assert cold["instant"] is False
        assert isinstance(cold["seconds"], float)
        assert cold["seconds"] >= warm["seconds"], "its last start is counted"  # type: ignore[operator]

    lived(life, tmp_path)


def test_a_deployment_says_which_models_it_changes(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await two_releases(machine)
        first, second = (deployment_json(controller.state, d)["models"] for d in controller.state.ended)
        assert first == []
        assert second == [{"model": "chat", "from": "chat-v1", "to": "chat-v2", "in_words": "chat: chat-v1 → chat-v2"}]
        await controller.engine.rollback("shop", None, "alice")
        await controller.settle()
        (back,) = deployment_json(controller.state, controller.state.ended[-1])["models"] or ()
        assert back["in_words"] == "chat: chat-v2 → chat-v1"
        forgotten = replace(controller.state, releases={2: controller.state.releases[2]})
        assert deployment_json(forgotten, controller.state.ended[1])["models"] is None

    lived(life, tmp_path)
