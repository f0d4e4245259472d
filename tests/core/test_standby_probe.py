"""What the answers of the old environment mean."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bluegreen.core.evidence import Reading
from bluegreen.core.model import Color, Environment, Release
from bluegreen.core.spec import HttpProbe, Ready
from bluegreen.core.standby_probe import judge_probes, probes_of
from bluegreen.core.verdict import Verdict
from tests.core.world import World, spec

WELL, ILL, MISSING = Reading(verdict=Verdict.ALLOW), Reading(verdict=Verdict.BLOCK, why="500"), Reading(why="no source")
PROBES = (HttpProbe("/"), HttpProbe("/healthz"))


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ([(WELL, WELL), (WELL, WELL)], Verdict.ALLOW),
        ([(WELL, ILL), (ILL, WELL)], Verdict.ALLOW),
        ([(WELL, WELL), (ILL, ILL)], Verdict.BLOCK),
        ([(ILL, MISSING), (MISSING, MISSING)], Verdict.CANNOT_TELL),
        ([(MISSING, MISSING), (MISSING, WELL)], Verdict.ALLOW),
    ],
)
def test_a_standby_fails_where_every_try_of_one_thing_does(
    answers: list[tuple[Reading, Reading]], verdict: Verdict
) -> None:
    assert judge_probes(PROBES, answers).verdict is verdict


def test_a_failure_names_what_was_asked() -> None:
    probed = judge_probes(PROBES, [(WELL, WELL), (ILL, ILL)])
    assert probed.reason == "the old environment fails as well: http /healthz: 500"
    assert probed.evidence == {"probes": ["http /", "http /healthz"], "failed": ["http /healthz: 500"]}


def test_nothing_to_ask_tells_nothing() -> None:
    assert judge_probes((), ()).verdict is Verdict.CANNOT_TELL


def test_readiness_is_asked_as_it_was_when_the_instance_became_ready() -> None:
    world = World()
    web, *others = spec().components
    asked = spec(components=(replace(web, ready=Ready(http="/up")), *others))
    release = Release(1, "d", "a", asked)
    state = replace(
        world.state,
        releases={1: release},
        environments={**world.state.environments, Color.BLUE: Environment(Color.BLUE, release=1)},
    )
    assert probes_of(state, Color.BLUE) == (HttpProbe("/up", 200, status_to=399, within=2.0),)
