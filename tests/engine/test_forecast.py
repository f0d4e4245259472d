"""How soon a bad release would be found: by which watch, and at whose traffic."""

from __future__ import annotations

from dataclasses import replace

from bluegreen.core.evidence import Baseline, Interval
from bluegreen.core.model import AppState, Color, Deployment, Environment, Kind, Phase, Release, Route
from bluegreen.core.spec import ErrorRate, Watch
from bluegreen.engine.forecast import forecast_json
from bluegreen.engine.recorder import Recorded
from tests.engine.harness import APP, spec

BUSY = Recorded((Interval(600.0, 60_000, 0),))


def release(number: int, watch: Watch | None) -> Release:
    return Release(number, f"digest {number}", "artifact", spec(watch=watch))


def watch(seconds: float) -> Watch:
    return Watch(duration=seconds, guards=(ErrorRate(),))


def live(unlike: Watch | None = None) -> AppState:
    """Release 1 is live, watched for a minute; ``unlike`` is what the file of release 2 asks for."""
    blue = Environment(Color.BLUE, release=1, generation=1)
    return AppState(
        APP,
        releases={1: release(1, watch(60)), 2: release(2, unlike)},
        environments={Color.BLUE: blue, Color.GREEN: Environment(Color.GREEN, release=2, generation=2)},
        confirmed=Route(1, {Color.BLUE: 100}),
    )


def deploying(state: AppState, what: Kind = Kind.DEPLOY) -> AppState:
    return replace(state, deployment=Deployment(2, 2, what, Phase.SWITCHING, Color.GREEN, "ann", 0.0, previous=1))


def test_without_a_deployment_it_is_the_live_releases_watch() -> None:
    found = forecast_json(live(watch(30)), BUSY)
    assert (found["release"], found["duration"], found["requests_per_second"]) == ("r1", 60, 100)
    assert found["finds"][0]["seconds"] is not None


def test_of_a_deployment_it_is_the_watch_that_its_own_file_asks_for() -> None:
    assert forecast_json(deploying(live(watch(30))), BUSY)["duration"] == 30
    assert forecast_json(deploying(live(None)), BUSY)["sentence"] == "r2 asks for no watch."
    assert forecast_json(deploying(live(watch(30)), Kind.ROLLBACK), BUSY)["duration"] == 60


def test_once_the_new_release_is_live_it_goes_by_what_was_frozen_of_the_old_one() -> None:
    switched = replace(
        deploying(live(watch(30))),
        confirmed=Route(2, {Color.GREEN: 100}),
        baseline=Baseline(seconds=100.0, requests=5_000, errors=10),
    )
    found = forecast_json(switched, Recorded())
    assert (found["release"], found["requests_per_second"], found["error_rate"]) == ("r2", 50, 0.002)
    assert forecast_json(replace(switched, deployment=None), Recorded())["requests_per_second"] is None
