"""Which instances of a shared component take requests, whatever has been lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bluegreen.core import actions as a
from bluegreen.core import commands
from bluegreen.core import events as e
from bluegreen.core.decide import decide
from bluegreen.core.model import AppState, EnvironmentState, Phase
from bluegreen.core.taking import environment_lacks, lacking, taking
from tests.core.test_invariants import a_world
from tests.core.world import SHARED, World

FIRST, SECOND = SHARED
STANDBY, LIVE = "revision-1", "revision-2"


def with_held(first: set[str], second: set[str]) -> AppState:
    """Release 2 live and release 1 in standby, with these revisions in the two instances."""
    state = a_world(2).state
    run = state.shared["ranker"]
    held = {"1": first, "2": second}
    models = {
        digest: replace(
            revision,
            loaded=digest in first & second,
            instances={index: "a life" if digest in has else "" for index, has in held.items()},
        )
        for digest, revision in run.models.items()
    }
    return replace(state, shared={"ranker": replace(run, models=models)})


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({LIVE, STANDBY}, {LIVE, STANDBY}, SHARED),
        ({LIVE, STANDBY}, set(), (FIRST,)),
        ({LIVE, STANDBY}, {LIVE}, (FIRST,)),
        ({STANDBY}, {LIVE, STANDBY}, (SECOND,)),
        # None has everything: users come before the standby.
        ({LIVE}, {STANDBY}, (FIRST,)),
        (set(), {LIVE}, (SECOND,)),
        ({LIVE}, {LIVE}, SHARED),
        ({STANDBY}, set(), (FIRST,)),
        # None has anything: whoever asks for something else is answered.
        (set(), set(), SHARED),
    ],
)
def test_those_take_requests_that_have_what_is_asked_for(
    first: set[str], second: set[str], expected: tuple[str, ...]
) -> None:
    state = with_held(first, second)
    assert taking(state, state.shared["ranker"]) == expected


@pytest.mark.parametrize("change", [{"state": EnvironmentState.STOPPING}, {"kept": True}])
def test_what_is_stopped_or_only_kept_for_a_look_keeps_no_instance_out(change: dict[str, object]) -> None:
    state = with_held({LIVE, STANDBY}, {LIVE})
    idle = replace(state.environments[state.idle], **change)  # type: ignore[arg-type]
    state = replace(state, environments={**state.environments, state.idle: idle})
    assert taking(state, state.shared["ranker"]) == SHARED


def test_an_environment_lacks_nothing_that_those_serve_which_take_requests() -> None:
    state = with_held({LIVE, STANDBY}, set())
    assert state.live is not None
    assert not environment_lacks(state, state.live)
    assert [m.served_name for m in lacking(state, state.releases[2])] == ["chat-v2"], "not every instance serves it"
    state = with_held({LIVE}, {LIVE})
    assert not environment_lacks(state, state.live or state.idle)
    assert [m.served_name for m in environment_lacks(state, state.idle)] == ["chat-v1"]


def rolling_back(first: set[str], second: set[str]) -> World:
    """Half of the users are on release 2, which is taken back, when this is what the two instances have."""
    world = a_world(1)
    world.deploy(7)  # it is watched, and takes half at first
    while not (world.state.watching and world.state.confirmed and len(world.state.confirmed.shares) == 2):
        world.perform(world.actions()[0])
    held = {"1": first, "2": second}
    run = world.state.shared["ranker"]
    world.append([(e.ModelsLost("ranker", run.generation, ("1", "2")), "they ended")])
    for index, has in held.items():
        world.memory(run.generation, int(index)).clear()
        for digest in has:
            world.memory(run.generation, int(index)).add(digest)
            world.append([(e.ModelLoaded("ranker", run.generation, digest, digest, {index: "a life"}), "")])
    world.command(commands.rollback)
    assert world.state.deployment is not None
    assert world.state.deployment.phase is Phase.ROLLING_BACK
    return world


def leads_back(world: World) -> bool:
    return any(
        isinstance(action, a.SetRoute) or (isinstance(action, a.Record) and isinstance(action.event, e.RouteRequested))
        for action in decide(world.state, world.now).actions
    )


@pytest.mark.parametrize(
    ("first", "second", "at_once"),
    [
        ({"revision-1", "revision-2"}, set(), True),  # it is there where requests are led to
        ({"revision-1"}, set(), True),
        (set(), set(), True),  # both lack theirs: nothing is won by waiting
        ({"revision-2"}, {"revision-2"}, False),
        ({"revision-2"}, set(), False),
    ],
)
def test_users_are_led_back_once_they_miss_nothing_there_that_they_have(
    first: set[str], second: set[str], at_once: bool
) -> None:
    world = rolling_back(first, second)
    assert leads_back(world) is at_once
    world.settle()
    assert world.state.live_release is not None
    assert world.state.live_release.number == 1


def test_the_way_back_waits_no_longer_when_nobody_answers_where_users_are() -> None:
    world = rolling_back({"revision-2"}, {"revision-2"})
    assert not leads_back(world)
    world.command(commands.take_back_dead)
    assert leads_back(world)
    assert not commands.take_back_dead(world.state).events, "once is enough"


def test_a_dead_release_is_taken_back_though_a_model_is_missing_there() -> None:
    world = rolling_back({"revision-2"}, {"revision-2"})
    d = world.state.deployment
    assert d is not None
    state = replace(world.state, deployment=replace(d, phase=Phase.SWITCHING))
    events = [event for event, _ in commands.take_back_dead(state).events]
    assert events == [e.RollbackStarted(d.number), e.RouteRequested(state.epoch + 1, {d.color.other: 100}, d.number)]
