"""Random lives of an application, and each ordinary one interrupted at every step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluegreen.core import commands
from bluegreen.core import events as e
from bluegreen.core.decide import decide
from bluegreen.core.model import Color, Result
from bluegreen.core.replay import judge_again
from bluegreen.core.verdict import Verdict
from tests.core.world import SPECS, World

STEPS = st.lists(st.tuples(st.integers(0, 45), st.integers(0, 7)), max_size=120)


def step(world: World, what: int, which: int) -> None:
    """One thing that may happen: mostly that an action is carried out, sometimes that it fails or is lost."""
    actions = world.actions()
    action = actions[which % len(actions)] if actions else None
    match what:
        case 0 | 1:
            world.deploy(which)
        case 2:
            world.deploy(which, supersede=True)
        case 3:
            world.rollback()
        case 4:
            world.command(lambda state: commands.rollback(state, to=1 + which))
        case 5:
            world.command(commands.abort)
        case 6:
            world.approve()
        case 7 if which == 0:
            world.command(commands.down)
        case 8:
            world.now += (0.1, 1.0, 20.0, 60.0, 200.0, 1e5, -5.0, -1e4)[which]
        case 9:
            world.crash()
        case 10:
            world.command(lambda state: commands.rollback(state, standby_healthy=False))
        case 11:
            world.deploy(which, keep_failed=True)
        case 12 | 13 if action is not None:
            world.perform(action, fails=True)
        case 14 | 15 if action is not None:
            world.perform(action, lost=True)
        case 16 if action is not None:
            world.perform(action, midway=True)
        case 17:
            world.replace_shared()
        case 18:
            world.command(commands.fail_over)
        case 19:
            world.full = which < 5
            if not world.full:
                world.make_room()
        case 20:
            move_instances(world, tuple(Color)[which % 2])
        case 21 | 22 | 23 if action is not None:
            world.perform(action, midway=which > 3, meanwhile=MEANWHILE[what - 21](world))
        case 24:
            world.tidy()
        case 25 | 26:
            world.lose_models(which)
        case 40:
            world.answers = (Verdict.ALLOW, Verdict.BLOCK, None)[which % 3]
        case 41:
            world.standby = (Verdict.ALLOW, Verdict.BLOCK, Verdict.CANNOT_TELL)[which % 3]
        case 42:
            world.deploy((5, 6, 7, 8)[which % 4])
        case 43 if world.state.watching is not None and world.state.watching.held:
            world.approve()
        case 44:
            world.command(commands.take_back_dead)
        case _ if action is not None:
            world.perform(action)


MEANWHILE: list[Callable[[World], Callable[[], object]]] = [
    lambda world: world.rollback,
    lambda world: lambda: world.command(commands.abort),
    lambda world: lambda: world.deploy(1, supersede=True),
]


def move_instances(world: World, color: Color) -> None:
    """A restarted controller found the instances of an environment at other ports."""
    environment = world.state.environments[color]
    if environment.warm and not world.full:
        moved = e.EnvironmentMoved(color, environment.generation, {"web": (f"127.0.0.1:{world.now:g}",)})
        world.append([(moved, "a reboot")])


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_every_invariant_holds_in_every_life(steps: list[tuple[int, int]]) -> None:
    live(steps)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_every_invariant_holds_in_long_lives(seed: int) -> None:
    """Calm or eventful, and long enough for what went wrong to matter later."""
    live(long_life(seed))


def long_life(seed: int) -> Iterable[tuple[int, int]]:
    chance = Random(seed)
    calm = chance.random()
    return [(30 if chance.random() < calm else chance.randrange(46), chance.randrange(8)) for _ in range(200)]


def live(steps: Iterable[tuple[int, int]]) -> None:
    world = World()
    for what, which in steps:
        step(world, what, which)
        world.check()
    if world.state.deployment is not None and world.state.deployment.phase.value == "awaiting approval":
        world.approve()
    world.settle()
    assert world.state.deployment is None
    for d in world.state.ended:
        assert all(one.same for one in judge_again("shop", world.journal, d.number)), "the journal says something else"


def _switch(world: World) -> None:
    world.deploy(0)


def _shift(world: World) -> None:
    world.deploy(1)


def _hooks(world: World) -> None:
    world.deploy(3)


def _rollback(world: World) -> None:
    world.command(commands.rollback)


def _rollback_to_first(world: World) -> None:
    world.command(lambda state: commands.rollback(state, to=1))


def _down(world: World) -> None:
    world.command(commands.down)


def _shared(world: World) -> None:
    world.replace_shared()


SCENARIOS: list[Callable[[World], None]] = [_switch, _shift, _hooks, _rollback, _rollback_to_first, _down, _shared]


def a_world(releases: int = 3) -> World:
    world = World()
    for _ in range(releases):
        world.deploy(0)
        world.settle()
    return world


def length(begin: Callable[[World], None]) -> int:
    world = a_world()
    begin(world)
    for count in range(500):
        if not advance(world):
            return count
    raise AssertionError("it never ends")


def advance(world: World, **how: bool) -> bool:
    """Carry out the first wanted action; False when there is nothing left to do."""
    plan = decide(world.state, world.now)
    if plan.actions:
        world.perform(plan.actions[0], **how)
        return True
    if plan.wake_at is not None and world.state.deployment is not None:
        world.now = max(world.now, plan.wake_at)
        return True
    return False


@pytest.mark.parametrize("begin", SCENARIOS, ids=lambda f: f.__name__.strip("_"))
@pytest.mark.parametrize("how", ["before", "lost", "midway"])
def test_interrupted_at_each_step_and_resumed_it_ends_the_same(begin: Callable[[World], None], how: str) -> None:
    undisturbed = a_world()
    begin(undisturbed)
    undisturbed.settle()
    for at in range(length(begin)):
        world = a_world()
        begin(world)
        for _ in range(at):
            advance(world)
        if how == "before":
            world.crash()
        else:
            advance(world, **{how: True})
        world.settle()
        assert world.state.live == undisturbed.state.live
        assert world.state.live_release == undisturbed.state.live_release
        assert [d.result for d in world.state.ended] == [d.result for d in undisturbed.state.ended]
        assert world.workers == undisturbed.workers


@pytest.mark.parametrize("which", range(len(SPECS)))
def test_a_failure_before_the_switch_changes_nothing_for_users(which: int) -> None:
    at = 0
    while True:
        world = a_world(1)
        before = world.route
        world.deploy(which)
        for _ in range(at):
            if world.state.deployment is None or world.state.deployment.phase.value in (
                "switching",
                "awaiting approval",
            ):
                return
            world.perform(world.actions()[0])
        if world.state.deployment is None or world.state.deployment.phase.value in ("switching", "awaiting approval"):
            return
        world.perform(world.actions()[0], fails=True)
        world.settle()
        if world.state.ended[-1].result is Result.FAILED:
            assert world.route == before
            assert world.running.keys() == {world.state.live}
        at += 1
