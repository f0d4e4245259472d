"""What the router is told, and how often."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bluegreen.core.model import EnvironmentState, Traffic
from bluegreen.routers.base import Routing
from tests.engine.harness import Machine
from tests.engine.virtual_time import run


def test_what_has_changed_is_told_once_however_many_ask(tmp_path: Path) -> None:
    async def scenario() -> None:
        machine = Machine(tmp_path)
        controller = await machine.controller()
        await controller.deploy()
        await controller.settle()
        front = controller.app.performer.front
        front._prepared = None  # as if something had changed by itself
        told: list[Routing] = []
        prepare = machine.router.prepare

        async def slowly(routing: Routing) -> None:
            await asyncio.sleep(1.0)
            told.append(routing)
            await prepare(routing)

        machine.router.prepare = slowly  # type: ignore[method-assign]
        await asyncio.gather(*(front.keep_prepared() for _ in range(5)))
        assert len(told) == 1

    run(scenario())


def test_an_environment_that_users_may_still_come_to_is_not_stopped_for_the_next_release(tmp_path: Path) -> None:
    async def scenario() -> None:
        machine = Machine(tmp_path)
        controller = await machine.controller()
        await controller.live()
        await controller.live()
        old = controller.state.idle
        name = f"shop/{old}/{controller.state.environments[old].generation}/web"
        until = machine.clock() + 900
        machine.router.counters[name] = Traffic(held_until=until, held_why="resolvers may keep its address")
        await controller.deploy()
        await controller.rest(600)
        assert controller.state.environments[old].state is EnvironmentState.STOPPING
        assert any(id.place == old and id.component == "web" for id in machine.running)
        (warning,) = [each for each in (await controller.status())["warnings"] if "resolvers" in each]
        assert f"Users may still come to {old}: resolvers may keep its address. It is kept until" in warning
        await controller.settle(1_000)
        assert machine.clock() > until
        assert controller.state.live is old
        machine.check()

    run(scenario())
