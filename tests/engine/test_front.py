"""What the router is told, and how often."""

from __future__ import annotations

import asyncio
from pathlib import Path

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
