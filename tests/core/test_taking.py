"""Which instances of a shared component take requests, whatever has been lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bluegreen.core.model import AppState, EnvironmentState
from bluegreen.core.taking import environment_lacks, lacking, taking
from tests.core.test_invariants import a_world
from tests.core.world import SHARED

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
        # None serves users: whoever asks for something else is answered.
        ({STANDBY}, set(), SHARED),
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
