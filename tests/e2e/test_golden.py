"""Releases that answer worse are stopped before the switch: real checks, real processes, a real Envoy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.cities_app import COUNTRIES, GOLDEN, CitiesApp
from tests.e2e.controller import Controller, Json

STREAMS = {"latency": {"ttft_p95": "20s", "requests": 4}}


@pytest.fixture
def app(tmp_path: Path, controller: Controller) -> CitiesApp:
    """Its first release is live."""
    app = CitiesApp(tmp_path / "cities", {"golden": GOLDEN}, STREAMS)
    assert controller.deploy(app.folder)["result"] == "completed"
    return app


def checks(ended: Json) -> dict[str, Json]:
    """The checks of a deployment, by their kind."""
    found = [entry["event"] | {"reason": entry["reason"]} for entry in ended["events"]]
    return {event["check"].split()[0]: event for event in found if event["kind"] == "check finished"}


def test_answers_that_stop_matching_the_schema_are_stopped_and_users_see_nothing(
    controller: Controller, app: CitiesApp
) -> None:
    with app.load() as load:
        load.wait_for_requests(50)
        app.style(prose=list(COUNTRIES))
        ended = controller.deploy(app.folder)
        load.wait_for_requests(50)
        result = load.stop()
    assert ended["result"] == "failed"
    golden = checks(ended)["golden"]
    assert golden["verdict"] == "block"
    assert golden["reason"].startswith("0 of 12 cases pass (0 %; 60 % are asked for)")
    assert golden["evidence"]["live release"].startswith("12 of 12 cases pass; 12 pass only there, 0 only here")
    assert "schema: it is no JSON" in golden["evidence"]["failing"]
    assert result.failed == 0, result.describe()
    assert {seen.release for seen in result.transitions} == {"r1"}


def test_a_release_above_the_threshold_that_is_worse_than_the_live_one_is_stopped(
    controller: Controller, app: CitiesApp
) -> None:
    file = app.folder / "bluegreen.yaml"
    # Seven of twelve wrong answers are what can be told from chance; the threshold alone would let them pass.
    file.write_text(file.read_text().replace("60%", "40%"))
    app.style(wrong=list(COUNTRIES)[:7])
    ended = controller.deploy(app.folder)
    assert ended["result"] == "failed"
    assert "5 of 12 cases pass (41.6 %; 40 % are asked for), but it is worse than r1" in ended["reason"]
    app.style(wrong=list(COUNTRIES)[:6])
    ended = controller.deploy(app.folder)
    assert ended["result"] == "completed"
    assert "no worse than r1, which is live: 6 pass only there, 0 only here" in checks(ended)["golden"]["reason"]


def test_nothing_that_the_checks_ask_counts_as_users(controller: Controller, app: CitiesApp) -> None:
    app.style(gap=0.001)
    ended = controller.deploy(app.folder)
    assert ended["result"] == "completed"
    assert checks(ended)["latency"]["evidence"]["streams"] == 4
    assert ended["receipt"]["requests"] == {"blue": 0, "green": 0}


def test_streams_that_break_are_stopped(controller: Controller, app: CitiesApp) -> None:
    app.style(streams=False)
    ended = controller.deploy(app.folder)
    assert ended["result"] == "failed"
    found = checks(ended)
    assert found["golden"]["verdict"] == "allow"
    assert found["latency"]["verdict"] == "block"
    assert "4 of 4 streams broke" in found["latency"]["reason"]
