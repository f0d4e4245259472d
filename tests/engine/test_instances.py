"""What instances are given to report business events with, and who is not."""

from __future__ import annotations

import errno
from pathlib import Path

from bluegreen.core.model import Color, SharedRun
from bluegreen.engine.instances import EVENTS_PORT, Instances
from bluegreen.runtimes.base import InstanceSpec
from tests.engine.harness import APP, Controller, Machine, spec
from tests.engine.virtual_time import run

TOKEN, URL = "BLUEGREEN_EVENTS_TOKEN", "BLUEGREEN_EVENTS_URL"


async def specs_of(controller: Controller, color: Color) -> list[InstanceSpec]:
    instances, environment = controller.engine.services.instances, controller.state.environments[color]
    return [
        *instances.of_environment(controller.state, environment, live_only=False),
        *instances.of_environment(controller.state, environment, live_only=True),
    ]


def test_each_environment_reports_under_a_token_of_its_own(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await machine.controller()
        await controller.live()
        await controller.live()
        url = f"http://127.0.0.1:{machine.port_of(EVENTS_PORT)}/v1/apps/{APP}/events"
        tokens = {}
        for color in Color:
            specs = await specs_of(controller, color)
            assert {each.id.component for each in specs} == {"web", "worker"}
            assert {each.env[URL] for each in specs} == {url}
            (tokens[color],) = {each.env[TOKEN] for each in specs}
            assert all(tokens[color] in each.secrets for each in specs)
            assert all(tokens[color] not in repr(each) for each in specs)
        assert tokens[Color.BLUE] != tokens[Color.GREEN]
        text = " and ".join(tokens.values())
        assert controller.engine.mask(APP).text(text) == "*** and ***"

    run(life(Machine(tmp_path)))


def test_shared_components_hooks_and_checks_get_none(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await machine.controller()
        release = await controller.live()
        instances = controller.engine.services.instances
        shared = instances.of_shared(controller.state, SharedRun("ranker", "", release.number, 1))
        assert shared
        places = [each.env for each in shared]
        places += [instances.variables(APP, release, place, None) for place in ("blue", "build")]
        places += [instances.variables(APP, release, "build", "web")]
        assert not [name for env in places for name in env if name.startswith("BLUEGREEN_EVENTS")]

    run(life(Machine(tmp_path)))


def test_instances_start_without_where_no_port_can_be_had(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await machine.controller()
        await controller.live(spec())

        def port_of(purpose: str) -> int:
            if purpose == EVENTS_PORT:
                raise OSError(errno.ENOSPC, "No space left on device")
            return machine.port_of(purpose)

        instances = Instances(controller.engine.services.store, port_of)
        live = controller.state.live
        assert live is not None
        specs = instances.of_environment(controller.state, controller.state.environments[live], live_only=False)
        assert len(specs) == 2
        assert all(TOKEN not in each.env and URL not in each.env for each in specs)

    run(life(Machine(tmp_path)))
