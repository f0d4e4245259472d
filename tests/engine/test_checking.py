"""How far checks are is shown while they run, and is no part of the history."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bluegreen.checks.base import Finding, Progress, Target
from bluegreen.core.model import Color, Result
from bluegreen.core.spec import Golden, HttpCheck
from bluegreen.core.verdict import Verdict
from tests.engine.harness import APP, EPOCH, Controller, Machine, spec
from tests.engine.virtual_time import run

SLOW = Golden("golden.jsonl")
CHECKED = spec(verify=(HttpCheck("/"), SLOW))
CASES = 400


class Slowly:
    """A checker that asks one case a second, and tells of each."""

    async def run(self, check: Golden, target: Target) -> Finding:
        for done in range(CASES):
            target.tell(Progress(done, CASES, f"{done} of {CASES} cases"))
            await asyncio.sleep(1.0)
        return Finding(check.name, Verdict.ALLOW, "all of them pass", float(CASES))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    machine.checkers["golden"] = Slowly()
    yield machine
    machine.check()


async def checks(controller: Controller) -> list[Any]:
    found: list[Any] = (await controller.status())["checks"]
    return found


async def begun(machine: Machine) -> Controller:
    """The slow check is under way, the other one has passed."""
    controller = await machine.controller()
    await controller.deploy(CHECKED)
    while len(await checks(controller)) != 1:
        await asyncio.sleep(0.1)
    return controller


def test_a_check_under_way_says_how_far_it_is(machine: Machine) -> None:
    async def scenario() -> None:
        controller = await begun(machine)
        since = machine.clock()
        for seconds in (100, 200):
            await asyncio.sleep(100.0)
            (check,) = await checks(controller)
            assert check["check"] == SLOW.name
            assert EPOCH <= check["since"] <= since
            assert seconds <= check["done"] <= seconds + 1
            assert (check["of"], check["said"]) == (CASES, f"{check['done']} of {CASES} cases")
        await controller.settle()
        assert controller.state.live is Color.BLUE
        assert await checks(controller) == []

    run(scenario())


def test_it_is_no_part_of_the_history(machine: Machine) -> None:
    async def scenario() -> None:
        controller = await begun(machine)
        before = controller.state.seq
        await asyncio.sleep(300.0)
        assert controller.state.seq == before
        await controller.settle()

    run(scenario())


def test_of_checks_that_are_no_longer_wanted_nothing_is_said(machine: Machine) -> None:
    async def scenario() -> None:
        controller = await begun(machine)
        await controller.engine.abort(APP, 1, "alice")
        await controller.settle()
        assert controller.state.ended[-1].result is Result.ABORTED
        assert await checks(controller) == []

    run(scenario())
