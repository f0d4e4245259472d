"""Killed at everything that is written down of a watch: it goes on with the time left, and ends the same."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen.core import events as e
from bluegreen.core.evidence import Tick
from bluegreen.core.model import Deployment, Result
from bluegreen.core.replay import judge_again
from bluegreen.core.spec import Hooks, Switch
from bluegreen.core.verdict import Verdict
from tests.engine.harness import APP, Machine
from tests.engine.virtual_time import run
from tests.engine.watched import WATCH, Users, ended, events, live_for, saying, slow_hook, ticks, watched_spec

AWAY = 20.0
"""Seconds until the controller is started again."""
SHIFT = watched_spec(switch=Switch(shift=(50, 100), hold=15.0, drain=5.0))
HOLDBACK = watched_spec(replace(WATCH, holdback=20))

HOOK = watched_spec(hooks=Hooks(after_switch="tell"))

pytestmark = pytest.mark.timeout(900)
"""One test is a hundred lives: that is work, not waiting, and takes as long as a busy machine takes."""


async def life(machine: Machine, wanted: object, fails: float, kill_at: int | None) -> tuple[int, Deployment]:
    """How many points an append has passed since it came under watch, and how the deployment ended."""
    machine.sources["http"] = saying(Verdict.ALLOW)
    users = Users(machine)
    coming = asyncio.create_task(users.keep_coming())
    controller = await live_for(machine)
    users.failing = {2: fails}
    points, died = 0, asyncio.Event()

    async def counting(point: str) -> None:
        nonlocal points
        if "journal.append" not in point or controller.state.baseline is None:
            return
        points += 1
        if points == kill_at:
            died.set()
            controller.dead = True

    machine.trouble = counting
    number = await controller.deploy(wanted)  # type: ignore[arg-type]
    over = asyncio.create_task(ended(controller, number))
    dying = asyncio.create_task(died.wait())
    await asyncio.wait([over, dying], return_when=asyncio.FIRST_COMPLETED)
    if died.is_set():
        controller.kill()
        await asyncio.sleep(0)
        coming = asyncio.create_task(users.keep_coming())
        machine.trouble = nothing
        await asyncio.sleep(AWAY)
        controller = await machine.controller()
        number = 2
    deployment = await ended(controller, number)
    await controller.rest(30.0)
    machine.check()
    coming.cancel()
    return points, deployment


async def nothing(point: str) -> None:
    """No trouble."""


async def check_journal(machine: Machine) -> None:
    """What is on record says itself what was missed, and is enough to judge again."""
    assert all(one.same for one in judge_again(APP, await machine.journal.read(APP), 2))
    found = await ticks(machine, 2)
    assert len({tick.at for tick in found}) == len(found), "no second twice"
    resumed = await events(machine, e.WatchResumed)
    assert all(0 < one.missed <= AWAY + 12 for one in resumed)
    steps: dict[int, list[Tick]] = {}
    for watched in await events(machine, e.Watched):
        steps.setdefault(watched.step, []).extend(watched.ticks)
    gaps = sum(b.at - a.at - b.span for step in steps.values() for a, b in itertools.pairwise(step))
    assert gaps - 3.5 * len(steps) <= sum(one.missed for one in resumed)
    assert len(await events(machine, e.RollbackStarted)) <= 1


@pytest.mark.parametrize("fails", [0.0, 0.2], ids=["healthy", "bad"])
@pytest.mark.parametrize("wanted", [watched_spec(), SHIFT, HOLDBACK, HOOK], ids=["whole", "shift", "holdback", "hook"])
def test_killed_at_any_append_it_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: object, fails: float
) -> None:
    slow_hook(monkeypatch, 12.0)
    count, undisturbed = run(life(Machine(tmp_path / "undisturbed"), wanted, fails, None))
    assert undisturbed.result is (Result.ROLLED_BACK if fails else Result.COMPLETED)
    for point in range(1, count + 1):
        machine = Machine(tmp_path / str(point))

        async def killed(machine: Machine = machine, point: int = point) -> Deployment:
            _, found = await life(machine, wanted, fails, point)
            await check_journal(machine)
            return found

        found = run(killed())
        assert found.result is undisturbed.result, f"killed at {point} of {count}: {found.reason}"
        if not fails:
            assert found.reason == undisturbed.reason, f"killed at {point} of {count}"


def test_killed_in_the_middle_it_goes_on_with_the_time_left(tmp_path: Path) -> None:
    async def main(machine: Machine) -> None:
        controller = await live_for(machine)
        await controller.deploy(watched_spec())
        await asyncio.sleep(22.5)
        began = machine.clock()
        recorded = sum(tick.span for tick in await ticks(machine, 2))
        assert 20 <= recorded < 22
        for _ in range(2):
            controller.kill()
            await asyncio.sleep(AWAY)
            controller = await machine.controller()
            await asyncio.sleep(2.5)
        result = await ended(controller, 2)
        judged = (await events(machine, e.Judged))[-1]
        assert (result.ended or 0.0) - began == pytest.approx(2 * AWAY + 2.5 + 30 - recorded, abs=1.5)
        assert judged.elapsed == pytest.approx(30, abs=1.0)
        assert judged.missed == pytest.approx(2 * AWAY + 2.5 + 22.5 - recorded, abs=1.5)

    run(main(Machine(tmp_path)))
