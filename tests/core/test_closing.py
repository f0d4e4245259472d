"""Freezes, windows and approval: what is refused, to whom, and what goes on all the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bluegreen.core import commands, freezes
from bluegreen.core import events as e
from bluegreen.core.approval import needs_approval
from bluegreen.core.closing import Moment, closed_for
from bluegreen.core.decide import decide
from bluegreen.core.errors import InvalidInput, Refused
from bluegreen.core.model import AppState, Phase, Release, Result
from bluegreen.core.overlap import overlap, overlap_cost
from bluegreen.core.spec import AppSpec
from bluegreen.core.windows import Hours, Windows
from tests.core.world import World, spec

CLOSED = Windows(allow=(Hours((0,), 0, 1),))
"""Open on Mondays, for a minute."""
NOON = Moment(1_000_000.0, lambda zone: datetime(2026, 11, 24, 12, 0))


def release(asked: AppSpec, digest: str = "d") -> Release:
    return Release(0, digest, "a" * 64, asked)


def go_on(world: World) -> None:
    """Carry out what can be done now; no time passes."""
    for _ in range(300):
        actions = decide(world.state, world.now).actions
        if not actions:
            return
        world.perform(actions[0])


def live(asked: AppSpec) -> World:
    world = World()
    moment = replace(world.moment, override="the first one")
    world.command(lambda state: commands.deploy(state, release(asked, "first"), moment=moment))
    go_on(world)
    world.approve()
    go_on(world)
    assert world.state.live_release is not None
    return world


def deploy(state: AppState, asked: AppSpec, moment: Moment = NOON) -> commands.Outcome:
    return commands.deploy(state, release(asked), moment=moment)


def test_out_of_hours_a_deployment_is_refused_with_when_it_may_come() -> None:
    world = live(spec())
    with pytest.raises(Refused, match="takes no deployment now: deployments are allowed Mon 00:00-00:01") as caught:
        deploy(world.state, spec(windows=CLOSED))
    assert "Mon 2026-11-30 00:00 UTC" in caught.value.cure


def test_the_windows_of_the_live_release_hold_too() -> None:
    world = live(spec(windows=CLOSED))
    with pytest.raises(Refused, match="takes no deployment now"):
        deploy(world.state, spec())


def test_an_override_is_on_record() -> None:
    world = live(spec(windows=CLOSED))
    outcome = deploy(world.state, spec(), replace(NOON, override="the shop is down"))
    request = next(event for event, _ in outcome.events if isinstance(event, e.DeploymentRequested))
    assert request.override == "the shop is down"


def test_an_override_that_was_not_needed_is_not_on_record() -> None:
    world = live(spec())
    outcome = deploy(world.state, spec(), replace(NOON, override="to be sure"))
    request = next(event for event, _ in outcome.events if isinstance(event, e.DeploymentRequested))
    assert request.override == ""


def test_a_rollback_asks_no_window_and_no_freeze() -> None:
    world = live(spec())
    world.deploy()
    go_on(world)
    world.command(lambda state: freezes.freeze(state, "incident", now=world.now))
    assert commands.rollback(world.state).events


def test_a_freeze_holds_from_its_start_to_its_end() -> None:
    world = live(spec())
    world.command(lambda state: freezes.freeze(state, "audit", now=100.0, start=200.0, until=300.0))
    moments = (replace(NOON, now=now) for now in (199.0, 200.0, 299.0, 300.0))
    assert [closed_for(world.state, None, moment).open for moment in moments] == [True, False, False, True]


def test_a_freeze_is_lifted() -> None:
    world = live(spec())
    world.command(lambda state: freezes.freeze(state, "audit", now=world.now))
    assert not closed_for(world.state, None, world.moment).open
    world.command(freezes.unfreeze)
    assert closed_for(world.state, None, world.moment).open
    assert freezes.unfreeze(world.state).notice


@pytest.mark.parametrize(("start", "until"), [(None, 99.0), (None, 100.0), (300.0, 200.0)])
def test_a_freeze_that_would_be_over_is_refused(start: float | None, until: float) -> None:
    with pytest.raises(InvalidInput, match="over before it begins"):
        freezes.freeze(AppState("shop"), "audit", now=100.0, start=start, until=until)


def waiting(asked: AppSpec, before: AppSpec | None = None) -> World:
    """Alice has deployed it: whoever commands in that world is called so."""
    world = live(before or spec())
    world.command(lambda state: commands.deploy(state, release(asked), moment=world.moment))
    go_on(world)
    return world


def test_nobody_approves_while_deployments_are_frozen() -> None:
    world = waiting(spec(approve="by hand"))
    world.command(lambda state: freezes.freeze(state, "audit", now=world.now))
    with pytest.raises(Refused, match="takes no deployment now: alice has frozen deployments"):
        commands.approve(world.state, actor="bob", moment=world.moment)
    assert commands.approve(world.state, actor="bob", moment=replace(world.moment, override="agreed")).events


def test_another_person_has_to_approve() -> None:
    world = waiting(spec(approve="by hand", approve_by="another person"))
    with pytest.raises(Refused, match="alice has deployed this, so another person"):
        commands.approve(world.state, actor="alice", moment=world.moment)
    assert commands.approve(world.state, actor="bob", moment=world.moment).events


def test_who_deploys_cannot_take_the_rule_out_of_the_file() -> None:
    strict = spec(approve="by hand", approve_by="another person", approve_within=50.0)
    world = waiting(spec(), before=strict)
    assert world.state.deployment is not None
    assert world.state.deployment.phase is Phase.AWAITING_APPROVAL
    with pytest.raises(Refused, match="another person"):
        commands.approve(world.state, actor="alice", moment=world.moment)


def test_a_rollback_waits_for_nobody() -> None:
    world = live(spec())
    world.deploy()
    go_on(world)
    d = replace(world.state.ended[-1], what=commands.Kind.ROLLBACK)
    assert not needs_approval(world.state, d)


def test_the_overlap_is_what_both_environments_run() -> None:
    web, *others = spec().components
    costly = spec(components=(replace(web, cost_per_hour=7.2), *others))
    world = live(costly)
    assert overlap(world.state) is None
    begun = world.now
    world.now += 60
    world.command(lambda state: commands.deploy(state, release(costly), moment=world.moment))
    go_on(world)
    found = overlap(world.state)
    assert found is not None
    assert found.since == begun + 60
    assert found.per_hour == 7.2
    assert found.cost(found.since + 1800) == pytest.approx(3.6)
    assert found.saved(found.since + 1800) is None, "the file does not say what the shared component costs"


def test_sharing_saves_what_a_second_copy_would_have_cost() -> None:
    web, worker, ranker = spec().components
    costly = spec(components=(replace(web, cost_per_hour=1.0), worker, replace(ranker, cost_per_hour=12.5)))
    world = live(costly)
    world.command(lambda state: commands.deploy(state, release(costly), moment=world.moment))
    go_on(world)
    found = overlap(world.state)
    assert found is not None
    assert found.saved(found.since + 7200) == pytest.approx(25.0)
    ended = world.state.ended[-1]
    assert overlap_cost(world.state, ended, 1800.0) == (pytest.approx(0.5), pytest.approx(6.25))
    assert overlap_cost(world.state, ended, None) == (None, None)


def test_a_release_that_nobody_approved_is_not_brought_live_by_a_rollback() -> None:
    world = waiting(spec(approve="by hand"))
    world.command(commands.abort)
    go_on(world)
    with pytest.raises(Refused, match="r2 has never had users"):
        commands.rollback(world.state, to=2)


def test_a_release_that_had_users_is_gone_back_to() -> None:
    world = live(spec())
    for _ in range(2):
        world.deploy()
        go_on(world)
    assert commands.rollback(world.state, to=1).events


def test_a_shared_component_is_not_replaced_without_approval_either() -> None:
    world = live(spec(approve="by hand", approve_by="another person"))
    world.replace_shared()
    go_on(world)
    assert world.state.deployment is not None
    assert world.state.deployment.phase is Phase.AWAITING_APPROVAL
    with pytest.raises(Refused, match="another person"):
        commands.approve(world.state, actor="alice", moment=world.moment)
    world.approve()
    go_on(world)
    assert world.state.ended[-1].what is commands.Kind.SHARED
    assert world.state.ended[-1].result is Result.COMPLETED
