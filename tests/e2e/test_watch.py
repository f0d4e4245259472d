"""Releases under watch, on real processes behind a real Envoy, under load."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.controller import Controller, Json, wait_for
from tests.e2e.flaky_app import FlakyApp

SHORT = {"for": "6s", "cannot_tell": "extend"}


@pytest.fixture
def make(tmp_path: Path, controller: Controller) -> Iterator[Any]:
    """Makes an application whose first release is live."""

    def made(watch: Any = None, **changes: Any) -> FlakyApp:
        app = FlakyApp(tmp_path / "flaky", watch=watch or SHORT, **changes)
        assert controller.deploy(app.folder)["result"] == "completed"
        return app

    return made


def begin(controller: Controller, app: FlakyApp, **options: Any) -> int:
    """Deploy the next release; its deployment's number."""
    app.change()
    return int(controller.send(app.folder, **options)["deployment"])


def watching(controller: Controller, app: FlakyApp) -> Json:
    """Wait until a release is under watch."""
    found: Json = wait_for(lambda: controller.status(app.name)["watch"], "a release is under watch")
    return found


def held(controller: Controller, app: FlakyApp) -> str:
    """Wait until a person is waited for; why."""

    def look() -> str | None:
        watch = controller.status(app.name)["watch"]
        return watch and watch["held"]

    return str(wait_for(look, "a person is waited for"))


def evidence(controller: Controller, app: FlakyApp, number: int) -> Json:
    found: Json = controller.client.deployment(app.name, number, evidence=True)
    return found


def test_a_healthy_release_is_completed_with_what_it_was_judged_by(controller: Controller, make: Any) -> None:
    app = make()
    with app.load() as load:
        load.wait_for_requests(400)
        ended = controller.ended(begin(controller, app), app.name)
        result = load.stop()
    assert (ended["result"], ended["reason"]) == ("completed", "r2 is live in green")
    assert [j["verdict"] for j in ended["judgements"]] == ["allow"]
    assert ended["baseline"]["requests"] > 0
    assert result.failed == 0, result.describe()
    assert evidence(controller, app, 2)["replayed"]["same"] is True


def test_a_release_that_turns_bad_is_rolled_back_by_itself(controller: Controller, make: Any) -> None:
    app = make({"for": "2m"})
    with app.load() as load:
        load.wait_for_requests(600)
        number = begin(controller, app)
        watching(controller, app)
        load.wait_for_requests(300)
        app.turn(r2={"errors": 0.2})
        ended = controller.ended(number, app.name)
        # From here on nothing may fail any more.
        transitions = load.wait_for_requests(200)
        result = load.stop()
    del transitions
    assert ended["result"] == "rolled back"
    assert "error_rate" in ended["reason"]
    assert controller.status(app.name)["environments"]["blue"]["share"] == 100
    assert result.transitions[-1].release == "r1"
    found = evidence(controller, app, number)
    assert found["replayed"] | {"steps": 0} == {"verdict": "block", "same": True, "steps": 0}
    assert found["ticks"]
    assert found["ticks"][-1]["new"]["errors"] > 0


def test_a_release_that_turns_slow_is_rolled_back_by_itself(controller: Controller, make: Any) -> None:
    app = make({"for": "2m", "guards": [{"latency": {"p95": "1.5x", "p99": "2x"}}]})
    app.turn(every={"seconds": 0.01})
    with app.load() as load:
        load.wait_for_requests(1200)
        number = begin(controller, app)
        watching(controller, app)
        app.turn(every={"seconds": 0.01}, r2={"seconds": 0.06})
        ended = controller.ended(number, app.name)
        load.stop()
    assert ended["result"] == "rolled back"
    assert "latency" in ended["reason"]


def test_when_both_fail_nobody_is_led_anywhere(controller: Controller, make: Any) -> None:
    app = make({"for": "2m"})
    with app.load() as load:
        load.wait_for_requests(600)
        number = begin(controller, app)
        watching(controller, app)
        app.turn(every={"errors": 1.0})
        assert "both fail: shared cause" in held(controller, app)
        assert controller.status(app.name)["environments"]["green"]["share"] == 100
        app.turn()
        controller.client.approve(app.name, number)
        ended = controller.ended(number, app.name)
        load.stop()
    assert ended["result"] == "completed"
    assert "not judged" in ended["reason"]


def test_a_shared_outage_does_not_take_a_release_with_a_holdback_back(controller: Controller, make: Any) -> None:
    app = make({"for": "8s", "holdback": "20%", "cannot_tell": "finish", "guards": ["error_rate"]})
    with app.load() as load:
        load.wait_for_requests(600)
        number = begin(controller, app)
        assert watching(controller, app)["share"] == 80
        app.turn(every={"errors": 0.5})
        load.wait_for_requests(600)
        app.turn()
        ended = controller.ended(number, app.name)
        load.stop()
    assert ended["result"] == "completed"
    assert controller.status(app.name)["environments"]["green"]["share"] == 100


def test_a_quiet_application_is_completed_and_said_to_be_not_judged(controller: Controller, make: Any) -> None:
    app = make({"for": "3s", "cannot_tell": "finish"})
    ended = controller.ended(begin(controller, app), app.name)
    assert ended["result"] == "completed"
    assert ended["reason"].startswith("completed, not judged")
    assert [j["verdict"] for j in ended["judgements"]] == ["cannot tell"]


def test_a_watch_goes_on_with_the_time_left_after_the_controller_was_killed(controller: Controller, make: Any) -> None:
    app = make({"for": "16s", "cannot_tell": "finish"})
    with app.load() as load:
        load.wait_for_requests(400)
        number = begin(controller, app)
        wait_for(lambda: watching(controller, app)["elapsed"] > 11, "some evidence is on record")
        controller.kill()
        load.wait_for_requests(900)
        controller.start()
        ended = controller.ended(number, app.name)
        result = load.stop()
    assert ended["result"] == "completed"
    judged = ended["judgements"][-1]
    assert judged["missed"] > 0
    assert judged["elapsed"] >= 16
    assert any(x["event"]["kind"] == "watch resumed" for x in ended["events"])
    assert result.failed == 0, result.describe()


def test_a_proxy_that_begins_anew_is_missing_evidence_and_no_verdict(controller: Controller, make: Any) -> None:
    app = make({"for": "12s", "cannot_tell": "finish"})
    with app.load() as load:
        load.wait_for_requests(400)
        number = begin(controller, app)
        wait_for(lambda: watching(controller, app)["elapsed"] > 3, "some evidence is there")
        pid = int(
            subprocess.run(["pgrep", "-f", str(controller.home / "envoy")], stdout=subprocess.PIPE).stdout.split()[0]
        )
        os.kill(pid, signal.SIGKILL)
        ended = controller.ended(number, app.name)
        load.stop()
    assert ended["result"] == "completed"
    assert any(tick["missing"] for tick in evidence(controller, app, number)["ticks"])


def test_a_guard_that_hangs_never_ends_in_healthy(controller: Controller, make: Any) -> None:
    guards = [{"command": {"run": "sleep 60", "every": "1s", "within": "1s"}}]
    app = make({"for": "3s", "cannot_tell": "finish", "guards": guards})
    ended = controller.ended(begin(controller, app), app.name)
    assert ended["reason"].startswith("completed, not judged")


def test_a_watched_release_is_superseded_by_a_hotfix(controller: Controller, make: Any) -> None:
    app = make({"for": "5m"})
    with app.load() as load:
        load.wait_for_requests(200)
        first = begin(controller, app)
        watching(controller, app)
        app.folder.joinpath("bluegreen.yaml").write_text(
            app.folder.joinpath("bluegreen.yaml").read_text().replace("for: 5m", "for: 4s\n  cannot_tell: finish")
        )
        second = begin(controller, app, supersede=True)
        assert controller.ended(second, app.name)["result"] == "completed"
        result = load.stop()
    assert "not judged" in controller.client.deployment(app.name, first)["reason"]
    assert result.failed == 0, result.describe()


def test_a_shift_moves_on_by_verdicts(controller: Controller, make: Any) -> None:
    app = make(SHORT, switch={"shift": ["20%", "100%"], "hold": "3s", "drain": "1s"})
    with app.load() as load:
        load.wait_for_requests(400)
        ended = controller.ended(begin(controller, app), app.name)
        result = load.stop()
    assert ended["result"] == "completed", ended["reason"]
    assert [(j["share"], j["verdict"]) for j in ended["judgements"]] == [(20, "allow"), (100, "allow")]
    assert result.failed == 0, result.describe()


def report(controller: Controller, app: FlakyApp, color: str, **counts: int) -> None:
    """What an instance of this colour would report, with what it was given for that."""
    pid = controller.status(app.name)["environments"][color]["instances"][0]["pid"]
    given = dict(part.split("=", 1) for part in Path(f"/proc/{pid}/environ").read_text().split("\0") if "=" in part)
    body = {"events": [{"name": name, "count": count} for name, count in counts.items()]}
    headers = {"authorization": f"Bearer {given['BLUEGREEN_EVENTS_TOKEN']}", "content-type": "application/json"}
    request = urllib.request.Request(given["BLUEGREEN_EVENTS_URL"], json.dumps(body).encode(), headers)
    urllib.request.urlopen(request, timeout=10).close()


def test_fewer_purchases_for_each_visit_take_the_release_back(controller: Controller, make: Any) -> None:
    guards = [{"events": {"name": "purchase", "per": "visit", "worse_than": "0.95x"}}]
    app = make({"for": "2m", "holdback": "30%", "guards": guards})
    number = begin(controller, app)
    watching(controller, app)

    def over() -> bool:
        if controller.status(app.name)["watch"] is None:
            return True
        report(controller, app, "green", visit=70, purchase=3)
        report(controller, app, "blue", visit=30, purchase=3)
        return False

    wait_for(over, "the watch is over")
    ended = controller.ended(number, app.name)
    assert ended["result"] == "rolled back"
    assert "purchase per visit" in ended["reason"]
