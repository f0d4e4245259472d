"""Copies of users' requests come while a shadow check runs, and at no other time, whatever happens to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.checks.base import Finding, Target
from bluegreen.core.errors import InvalidInput, TemporaryError
from bluegreen.core.model import Color, Result
from bluegreen.core.spec import HttpCheck, ShadowCheck
from bluegreen.core.verdict import Verdict
from bluegreen.routers.base import Abilities, Mirror
from tests.engine.harness import APP, Controller, Machine, spec
from tests.engine.virtual_time import run

SHADOW = ShadowCheck(share=10.0, duration=60.0, methods=("GET", "POST"), paths=("/v1",), without=("x-a",))
MIRROR = Mirror("127.0.0.1:7", 10.0, ("GET", "POST"), ("/v1",), SHADOW.removed)
SHADOWED = spec(verify=(SHADOW, HttpCheck("/")))


class Shadows:
    """A checker that takes copies for a minute and sees what the router was told."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.targets: list[Target] = []
        self.seen: list[Mirror | None] = []
        self.verdict = Verdict.ALLOW
        self.raises: Exception | None = None

    async def run(self, check: ShadowCheck, target: Target) -> Finding:
        self.targets.append(target)
        if target.live is None:
            return Finding(check.name, Verdict.ALLOW, "no release is live yet", 0.0)
        assert target.copies is not None
        try:
            async with target.copies("127.0.0.1:7", check):
                self.seen.append(mirror(self.machine))
                await asyncio.sleep(check.duration)
                if self.raises is not None:
                    raise self.raises
        except TemporaryError as error:
            return Finding(check.name, Verdict.CANNOT_TELL, error.what, 1.0)
        self.seen.append(mirror(self.machine))
        return Finding(check.name, self.verdict, "as it was told", 60.0)


def mirror(machine: Machine) -> Mirror | None:
    """Where copies go just now."""
    routing = machine.router._routings.get(APP)
    return routing.mirror if routing is not None else None


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    machine.checkers["shadow"] = Shadows(machine)
    yield machine
    machine.check()


def shadows(machine: Machine) -> Shadows:
    found: Shadows = machine.checkers["shadow"]
    return found


async def begun(machine: Machine) -> Controller:
    """A release is live, and the shadow check of the next one is under way."""
    controller = await machine.controller()
    await controller.live(SHADOWED)
    await controller.rest()
    await controller.deploy(SHADOWED)
    while mirror(machine) is None:
        await asyncio.sleep(0.1)
    return controller


def test_copies_come_for_as_long_as_the_check_takes(machine: Machine) -> None:
    async def scenario() -> None:
        controller = await begun(machine)
        await controller.settle()
        assert shadows(machine).seen == [MIRROR, None]
        first, second = shadows(machine).targets
        assert (first.live, second.app) == (None, APP)
        assert second.live is not None
        assert second.idle is not None
        assert (second.live.release, second.idle.release) == ("r1", "r2")
        assert controller.state.live is Color.GREEN
        assert mirror(machine) is None

    run(scenario())


@pytest.mark.parametrize("verdict", [Verdict.BLOCK, Verdict.CANNOT_TELL])
def test_a_release_that_is_not_allowed_leaves_no_copies(machine: Machine, verdict: Verdict) -> None:
    async def scenario() -> None:
        shadows(machine).verdict = verdict
        controller = await begun(machine)
        await controller.settle()
        assert controller.state.ended[-1].result is Result.FAILED
        assert controller.state.live is Color.BLUE
        assert mirror(machine) is None

    run(scenario())


def test_it_begins_when_all_others_have_passed(machine: Machine) -> None:
    async def scenario() -> None:
        controller = await machine.controller()
        await controller.live(SHADOWED)
        assert len(shadows(machine).targets) == 1
        machine.verdict = Verdict.BLOCK
        await controller.deploy(SHADOWED)
        await controller.settle()
        assert controller.state.ended[-1].result is Result.FAILED
        assert len(shadows(machine).targets) == 1, "users' requests were copied for a release that was refused anyway"

    run(scenario())


def test_the_way_back_is_not_compared_with_what_is_left(machine: Machine) -> None:
    async def scenario() -> None:
        shortly = spec(verify=(SHADOW,), keep=1.0)
        controller = await machine.controller()
        machine.passed |= {("blue", "r1"), ("green", "r2")}  # no check of the harness's own asks about them
        await controller.live(shortly)
        await controller.live(shortly)
        await controller.rest(200.0)
        await controller.engine.rollback(APP, None, "alice")
        await controller.settle()
        # It was not warm any more, and so was verified again.
        assert [target.live and target.live.release for target in shadows(machine).targets] == [None, "r1", None]
        assert controller.state.live_release is not None
        assert controller.state.live_release.name == "r1"

    run(scenario())


def test_an_abort_ends_the_copies(machine: Machine) -> None:
    async def scenario() -> None:
        controller = await begun(machine)
        await controller.engine.abort(APP, None, "alice")
        await controller.settle()
        await controller.rest(5.0)
        assert controller.state.ended[-1].result is Result.ABORTED
        assert mirror(machine) is None

    run(scenario())


def test_a_killed_controller_begins_without_copies_and_checks_again(machine: Machine) -> None:
    async def scenario() -> None:
        controller = await begun(machine)
        controller.kill()
        await asyncio.sleep(10.0)
        assert mirror(machine) == MIRROR, "nobody was there to end it"
        again = await machine.controller()
        assert shadows(machine).seen == [MIRROR]
        await again.settle()
        assert shadows(machine).seen == [MIRROR, MIRROR, None]
        assert again.state.ended[-1].result is Result.COMPLETED
        assert mirror(machine) is None

    run(scenario())


def test_a_controller_that_ends_takes_the_copies_with_it(machine: Machine) -> None:
    async def scenario() -> None:
        controller = await begun(machine)
        await controller.engine.close()
        assert mirror(machine) is None

    run(scenario())


def test_what_the_router_is_told_meanwhile_keeps_the_copies(machine: Machine) -> None:
    async def scenario() -> None:
        controller = await begun(machine)
        await controller.app.performer.front.prepare()
        assert mirror(machine) == MIRROR
        await controller.settle()

    run(scenario())


def test_a_router_that_cannot_be_told_is_told_later(machine: Machine) -> None:
    async def scenario() -> None:
        shadows(machine).verdict = Verdict.BLOCK
        controller = await begun(machine)
        await asyncio.sleep(30.0)
        machine.router.fail_next = [TemporaryError("Envoy does not answer") for _ in range(2)]
        await controller.settle()
        await controller.rest(60.0)
        assert machine.router.fail_next == []
        assert controller.state.ended[-1].result is Result.FAILED
        assert mirror(machine) is None

    run(scenario())


def test_a_router_that_cannot_copy_is_no_reason_to_try_for_ever(machine: Machine) -> None:
    async def scenario() -> None:
        controller = await machine.controller()
        await controller.live(SHADOWED)
        await controller.rest()
        prepare = machine.router.prepare

        async def refuses(routing: object) -> None:
            if routing.mirror is not None:  # type: ignore[attr-defined]
                raise TemporaryError("no room for a mirror")
            await prepare(routing)  # type: ignore[arg-type]

        machine.router.prepare = refuses  # type: ignore[method-assign]
        await controller.deploy(SHADOWED)
        await controller.settle()
        assert controller.state.ended[-1].result is Result.FAILED
        assert "no room for a mirror" in controller.state.ended[-1].reason
        assert mirror(machine) is None

    run(scenario())


def test_a_file_that_asks_for_more_than_the_router_can_is_refused(machine: Machine) -> None:
    async def scenario() -> None:
        machine.router.abilities = Abilities(mirror=False)
        controller = await machine.controller()
        with pytest.raises(InvalidInput, match="cannot copy users' requests"):
            await controller.deploy(SHADOWED)

    run(scenario())
