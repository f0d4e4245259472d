"""Killed before and after every call of a back end, and started again: users notice nothing, and it ends the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bluegreen.core.commands import next_number
from bluegreen.core.spec import Switch
from tests.engine.harness import Controller, Machine, spec, with_model
from tests.engine.virtual_time import run

Scenario = Callable[[Controller], Awaitable[Any]]
pytestmark = pytest.mark.timeout(900)
"""One test is a hundred lives: that is work, not waiting, and takes as long as a busy machine takes."""
KEEP = 30.0
"""Seconds that a standby is kept: long enough to be there when something is brought back, and over soon."""


async def deploy(controller: Controller) -> None:
    await controller.deploy(spec(switch=Switch(shift=(50, 100), drain=5.0), keep=KEEP))


async def roll_back(controller: Controller) -> None:
    await controller.engine.rollback("shop", None, "alice")


async def bring_back(controller: Controller) -> None:
    await controller.engine.rollback("shop", 1, "alice")


async def replace_shared(controller: Controller) -> None:
    await controller.deploy(spec(keep=KEEP), component="ranker")


async def go_down(controller: Controller) -> None:
    await controller.engine.down("shop", "alice")


async def deploy_model(controller: Controller) -> None:
    await controller.deploy(with_model(4, switch=Switch(shift=(50, 100), drain=5.0), keep=KEEP))


class Killed(Exception):
    """The controller has died at the point."""


def outcome(controller: Controller) -> tuple[Any, ...]:
    """What must be the same whether it was killed or not."""
    live = controller.state.live_release
    results = [str(d.result) for d in controller.state.ended]
    return live.name if live else None, controller.state.down, results, controller.workers, len(controller.copies)


async def life(
    machine: Machine, scenario: Scenario, kill_at: int | None, *, models: bool = False
) -> tuple[int, tuple[Any, ...]]:
    controller = await machine.controller()
    for version in (1, 2, 3):
        await controller.live(with_model(version, keep=KEEP) if models else spec(keep=KEEP))
    await controller.rest(KEEP / 2)
    before, calls = next_number(controller.state), 0
    died = asyncio.Event()

    async def counting(point: str) -> None:
        nonlocal calls
        calls += 1
        if calls == kill_at:
            died.set()
            controller.dead = True

    machine.trouble = counting
    asked = asyncio.create_task(scenario(controller))  # type: ignore[arg-type]
    ended = asyncio.create_task(_to_its_end(controller))
    await asyncio.wait([asyncio.create_task(died.wait()), ended], return_when=asyncio.FIRST_COMPLETED)
    recorded = asked.done()
    if died.is_set():
        controller.kill()
        machine.trouble = _none
        controller = await machine.controller()
        if not recorded and (next_number(controller.state), controller.state.going_down) == (before, False):
            # It was never written down, so it was never begun; who asked saw the connection break, and asks again.
            await scenario(controller)
        await _to_its_end(controller)
    else:
        ended.result()
    machine.check()
    return calls, (*outcome(controller), controller.loaded)


async def _to_its_end(controller: Controller) -> None:
    """Until what was begun has ended, and the standby has been stopped as well."""
    await controller.rest(20.0)
    await controller.settle()
    await controller.rest(2 * KEEP)


async def _none(point: str) -> None:
    """No trouble."""


@pytest.mark.parametrize("part", range(3))
@pytest.mark.parametrize("scenario", [deploy_model, bring_back, replace_shared])
def test_killed_at_any_point_the_models_that_are_needed_are_loaded(
    tmp_path: Path, scenario: Scenario, part: int
) -> None:
    count, expected = run(life(Machine(tmp_path / "undisturbed"), scenario, None, models=True))
    # Three of five points, before and after calls alike: all of them would take the suite three minutes more.
    for point in range(1 + part, count + 1, 5):
        _, found = run(life(Machine(tmp_path / str(point)), scenario, point, models=True))
        assert found == expected, f"killed at call {point} of {count}"


@pytest.mark.parametrize("scenario", [deploy, roll_back, bring_back, replace_shared, go_down])
def test_killed_at_any_point_it_ends_the_same(tmp_path: Path, scenario: Scenario) -> None:
    count, expected = run(life(Machine(tmp_path / "undisturbed"), scenario, None))
    for point in range(1, count + 1):
        _, found = run(life(Machine(tmp_path / str(point)), scenario, point))
        assert found == expected, f"killed at call {point} of {count}"
