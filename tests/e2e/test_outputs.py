"""Live answers are sampled and scored: what only they show leads back, and users notice nothing of the scoring."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e.controller import Controller, wait_for
from tests.e2e.flaky_app import FlakyApp

PATH = "/v1/answer"
GUARD = {"outputs": {"parse": "json", "worse_than": "2x"}}


@pytest.fixture
def app(tmp_path: Path, controller: Controller) -> FlakyApp:
    """Its first release is live, with a guard of what it answers."""
    watch = {
        "for": "2m",
        "guards": ["error_rate", GUARD],
        "samples": {"of": "50%", "paths": "/v1", "redact": "w[a-z]+d"},
    }
    app = FlakyApp(tmp_path / "flaky", watch=watch, verify=[{"http": "/v1/answer"}])
    assert controller.deploy(app.folder)["result"] == "completed"
    return app


def is_scorer(process: psutil.Process) -> bool:
    try:
        return "bluegreen.scorer" in process.cmdline()
    except psutil.Error:  # it has just ended
        return False


def scorer(controller: Controller) -> int:
    """The scorer's process, once it is there."""
    assert controller.process is not None
    parent = psutil.Process(controller.process.pid)

    def found() -> list[int]:
        return [child.pid for child in parent.children() if is_scorer(child)]

    return int(wait_for(found, "a scorer runs")[0])


def begin(controller: Controller, app: FlakyApp) -> int:
    app.change()
    return int(controller.send(app.folder)["deployment"])


def verdicts(controller: Controller, app: FlakyApp) -> dict[str, str]:
    watch = controller.status(app.name)["watch"]
    return {guard["guard"]: guard["verdict"] for guard in watch["guards"]} if watch else {}


def baseline_of(controller: Controller, app: FlakyApp, number: int) -> Any:
    def found() -> Any:
        return controller.client.deployment(app.name, number).get("baseline")

    return wait_for(found, "what was before is on record")


def test_a_release_that_misbehaves_on_live_traffic_only_is_rolled_back(controller: Controller, app: FlakyApp) -> None:
    scorer(controller)
    with app.load(gets=(PATH,)) as load:
        load.wait_for_requests(4000)
        number = begin(controller, app)
        assert baseline_of(controller, app, number)["answers"]["outputs parse json"]["scored"] > 500
        wait_for(lambda: verdicts(controller, app).get("outputs parse json") == "allow", "its answers are good")
        app.turn(r2={"garbled": 0.3})
        ended = controller.ended(number, app.name)
        result = load.stop()
    assert ended["result"] == "rolled back"
    assert ended["reason"].startswith("outputs parse json: ")
    assert "were no JSON" in ended["reason"]
    assert controller.status(app.name)["live"] == "blue"
    (kept,) = controller.client.deployment(app.name, number, evidence=True)["kept_answers"]
    assert kept["guard"] == "outputs parse json"
    file = Path(kept["file"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert "I [redacted] say" in file.read_text()
    assert "would" not in file.read_text()
    assert result.failed == 0, result.describe()


def test_a_scorer_that_is_killed_or_stopped_costs_users_nothing_and_comes_back(
    controller: Controller, app: FlakyApp
) -> None:
    first = scorer(controller)
    with app.load(gets=(PATH,)) as load:
        load.wait_for_requests(1000)
        number = begin(controller, app)
        wait_for(lambda: verdicts(controller, app), "it is under watch")
        os.kill(first, signal.SIGKILL)
        second = int(wait_for(lambda: (pid := scorer(controller)) != first and pid, "another scorer runs"))
        load.wait_for_requests(1000)
        os.kill(second, signal.SIGSTOP)
        wait_for(lambda: not psutil.pid_exists(second), "the one that hangs is ended")
        third = int(wait_for(lambda: (pid := scorer(controller)) != second and pid, "another scorer runs"))
        load.wait_for_requests(1000)
        assert psutil.pid_exists(third)
        assert controller.status(app.name)["watch"]["verdict"] != "block"
        controller.client.abort(app.name, number)
        result = load.stop()
    assert result.failed == 0, result.describe()


def test_the_scorer_ends_with_its_controller(controller: Controller, app: FlakyApp) -> None:
    pid = scorer(controller)
    with app.load(gets=(PATH,)) as load:
        load.wait_for_requests(500)
        controller.kill()
        wait_for(lambda: not psutil.pid_exists(pid), "the scorer has ended")
        load.wait_for_requests(500)
        controller.start()
        assert scorer(controller) != pid
        load.wait_for_requests(500)
        result = load.stop()
    assert result.failed == 0, result.describe()
