"""What people may ask for in awkward moments, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bluegreen.core import actions as a
from bluegreen.core import commands
from bluegreen.core import events as e
from bluegreen.core.errors import PermanentError, Refused
from bluegreen.core.failures import after_failure
from bluegreen.core.model import Color, Kind, Phase, Release, Result, Route
from bluegreen.core.reconcile import reconcile
from tests.core.world import SPECS, World, spec


def a_world(releases: int = 2) -> World:
    world = World()
    for _ in range(releases):
        world.deploy(0)
        world.settle()
    return world


def live(world: World) -> str | None:
    release = world.state.live_release
    return release.name if release else None


def until(world: World, phase: Phase) -> None:
    """Carry out one action after the other until the deployment is in a phase."""
    while world.state.deployment is not None and world.state.deployment.phase is not phase:
        world.perform(world.actions()[0])
    assert world.state.deployment is not None


# --- rollbacks that end otherwise


def test_a_rollback_that_was_aborted_can_be_asked_for_again() -> None:
    world = a_world()
    world.command(commands.rollback)
    world.command(commands.abort)
    world.settle()
    assert (live(world), world.state.ended[-1].result) == ("r2", Result.ROLLED_BACK)
    world.command(commands.rollback)
    world.settle()
    assert live(world) == "r1"


def test_a_standby_that_dies_under_the_rollback_is_started_again_by_the_next_press() -> None:
    world = a_world()
    world.command(commands.rollback)
    until(world, Phase.SWITCHING)
    action = next(x for x in world.actions() if isinstance(x, a.Record | a.SetRoute))
    if isinstance(action, a.Record):
        world.perform(action)
        action = next(x for x in world.actions() if isinstance(x, a.SetRoute))
    world.append(after_failure(world.state, action, PermanentError("no instance answers")))
    world.settle()
    assert live(world) == "r2"
    world.command(lambda state: commands.rollback(state, standby_healthy=False))
    world.settle()
    assert live(world) == "r1"


def test_a_rollback_that_came_to_nothing_does_not_let_the_next_go_further_back() -> None:
    world = a_world(3)
    world.command(commands.rollback)
    world.settle()
    world.command(lambda state: commands.rollback(state, to=1))
    world.command(commands.abort)
    world.settle()
    outcome = world.command(commands.rollback)
    assert outcome is not None
    assert (outcome.events, live(world)) == ((), "r2")


def test_a_hotfix_does_not_lead_users_back_to_what_they_are_being_taken_from() -> None:
    world = a_world()
    world.command(commands.rollback)
    world.deploy(0, supersede=True)
    assert world.state.deployment is not None
    assert world.state.deployment.phase is Phase.SWITCHING
    world.settle()
    assert [d.result for d in world.state.ended[-2:]] == [Result.COMPLETED, Result.COMPLETED]
    assert live(world) == "r3"


@pytest.mark.parametrize("to", [None, 1])
def test_a_release_with_another_address_is_not_brought_back_under_users(to: int | None) -> None:
    world = a_world(1)
    world.command(commands.down)
    world.settle()
    moved = Release(0, "moved", "artifact", spec(address="127.0.0.1:9090"), shared={"ranker": "moved"})
    world.command(lambda state: commands.deploy(state, moved, moment=world.moment))
    world.settle()
    with pytest.raises(Refused, match=r"127\.0\.0\.1:8080"):
        commands.rollback(world.state, to=to)
    assert commands.warm_release(world.state) is None
    world.command(commands.down)
    world.settle()
    world.command(lambda state: commands.rollback(state, to=1))
    world.settle()
    assert live(world) == "r1"


# --- routes


def test_a_repaired_route_is_no_step_of_a_deployment() -> None:
    world = a_world()
    world.deploy(1)
    until(world, Phase.SWITCHING)
    assert world.state.live is not None
    world.append([(e.RouteConfirmed(world.state.epoch, {world.state.live: 100}, 0.1, {}, None), "a repair")])
    assert world.state.deployment is not None
    assert (world.state.deployment.phase, world.state.deployment.step) == (Phase.SWITCHING, 0)


def newer(world: World, color: Color) -> None:
    """Users were led there by a controller that could not write it down, and died."""
    world.route = Route(world.state.epoch + 1, {color: 100})
    world.append(reconcile(world.state, world.route))


@pytest.mark.parametrize("phase", [Phase.SWITCHING, Phase.WATCHING])
def test_a_rollback_that_could_not_be_written_down_is_not_undone_after_a_crash(phase: Phase) -> None:
    world = a_world()
    world.deploy(1)
    until(world, phase)
    assert world.state.live is not None
    newer(world, world.state.live)
    world.settle()
    assert (live(world), world.state.ended[-1].result) == ("r2", Result.ROLLED_BACK)


def test_a_deployment_does_not_take_the_environment_to_which_users_were_led_back() -> None:
    world = a_world()
    world.deploy(0)
    assert world.state.deployment is not None
    newer(world, world.state.deployment.color)
    world.settle()
    assert (live(world), world.state.ended[-1].result) == ("r1", Result.ABORTED)


# --- live components


def test_a_move_of_live_components_that_a_rollback_cut_short_is_undone() -> None:
    world = a_world()
    world.deploy(0)
    until(world, Phase.WATCHING)
    move = next(x for x in world.actions() if isinstance(x, a.MoveLiveComponents))
    world.effect(move, midway=True)  # the old one is stopped, and then the route goes back
    world.command(commands.rollback)
    world.settle()
    assert world.workers == {world.state.live}


def test_live_components_stay_with_the_live_environment_during_a_shift() -> None:
    world = a_world()
    world.deploy(1)
    until(world, Phase.WATCHING)
    assert world.state.live is not None
    world.workers = set()
    world.append([(e.LiveComponentsMoved(world.state.live.other), "not where they belong")])
    assert a.MoveLiveComponents in {type(x) for x in world.actions()}


# --- shared components


def replacing(world: World) -> str:
    """Begin to replace the shared component."""
    world.releases += 1
    digest = f"digest-{world.releases}"
    wanted = Release(0, digest, "artifact", SPECS[0], shared={"ranker": digest})
    world.command(lambda state: commands.deploy(state, wanted, moment=world.moment, component="ranker"))
    assert world.state.deployment is not None
    assert world.state.deployment.what is Kind.SHARED
    return digest


def test_a_replacement_cannot_be_aborted_once_it_is_in_use() -> None:
    world = a_world()
    digest = replacing(world)
    while not any(x.digest == digest for key, x in world.state.shared.items() if key == "ranker"):
        world.perform(next(x for x in world.actions() if not isinstance(x, a.Drain)))
    with pytest.raises(Refused, match="use"):
        commands.abort(world.state)
    world.settle()
    assert world.state.shared.keys() == {"ranker"}
    assert world.state.shared["ranker"].digest == digest


def test_the_copy_of_an_aborted_replacement_does_not_take_the_next_one_with_it() -> None:
    world = a_world()
    replacing(world)
    until(world, Phase.SWITCHING)
    world.command(commands.abort)
    digest = replacing(world)
    world.settle()
    assert world.state.ended[-1].result is Result.COMPLETED
    assert world.state.shared["ranker"].digest == digest
    assert len(world.copies) == 1


def test_the_start_of_another_deployments_copy_is_no_step_of_this_one() -> None:
    world = a_world()
    replacing(world)
    world.append([(e.SharedStarted(99, "ranker", "d", 1, ("127.0.0.1:9",)), "late")])
    assert world.state.deployment is not None
    assert world.state.deployment.phase is Phase.BUILDING


def test_the_receipt_says_what_was_cut_with_the_old_copy() -> None:
    from bluegreen.core.receipt import receipt

    world = a_world()
    replacing(world)
    world.settle()
    ended = replace(world.state.ended[-1])
    assert receipt(ended, world.journal[ended.seq - 1 :]).streams_cut == 0
