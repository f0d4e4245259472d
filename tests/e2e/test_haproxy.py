"""The whole loop behind a real HAProxy of the user's, on real processes, under load."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.config import load
from tests.cli.run import run
from tests.e2e.controller import Controller, Shop, wait_for
from tests.e2e.flaky_app import FlakyApp
from tests.routers.haproxy_setup import RunningHaproxy, needs_haproxy


@pytest.fixture
def haproxy(tmp_path: Path) -> Iterator[RunningHaproxy]:
    needs_haproxy()
    proxy = RunningHaproxy(tmp_path)
    yield proxy
    proxy.stop()


def test_a_deployment_a_reload_by_somebody_and_a_rollback_fail_no_request(
    haproxy: RunningHaproxy, controller: Controller, shop: Shop
) -> None:
    router = {"haproxy": {"socket": haproxy.spec.socket, "folder": haproxy.spec.folder}}
    shop.set(lambda file: file.update(router=router, switch={"drain": "1s"}))
    haproxy.configure([load(shop.folder).spec])
    haproxy.start()
    doctor = json.loads(run("--home", str(controller.home), "doctor", "--json", cwd=shop.folder).out)
    assert {found["mark"] for found in doctor["findings"] if found["subject"] in ("router", "address")} == {"well"}

    assert controller.deploy(shop.folder)["result"] == "completed"
    with shop.load() as users:
        users.wait_for_requests(50)
        shop.next_release()
        assert controller.deploy(shop.folder)["result"] == "completed"
        users.wait_for_requests(30)
        haproxy.reload()
        users.wait_for_requests(60)
        assert controller.status()["route"]["observed"] == {"epoch": 2, "shares": {"green": 100}}
        answer = controller.client.rollback("shop", None)
        assert (answer["confirmed"], answer["release"]) == (True, "r1")
        users.wait_for_requests(30)
        result = users.stop()
    assert result.failed == 0, result.describe()
    # Each side once, and the old one never again by itself.
    assert [move.release for move in result.transitions] == ["r1", "r2", "r1"], result.describe()
    receipt = controller.client.deployment("shop", 2)["receipt"]
    assert receipt["failed"] == {"blue": 0, "green": 0}
    assert receipt["requests"]["green"] > 0
    assert controller.status()["warnings"] == []


def test_a_release_that_turns_bad_on_a_part_of_users_is_found_by_what_haproxy_counts(
    haproxy: RunningHaproxy, controller: Controller, tmp_path: Path
) -> None:
    router = {"haproxy": {"socket": haproxy.spec.socket, "folder": haproxy.spec.folder}}
    steps = {"shift": ["50%", "100%"], "hold": "2m", "drain": "1s"}
    app = FlakyApp(tmp_path / "flaky", router=router, watch={"for": "2m"}, switch=steps)
    haproxy.configure([load(app.folder).spec])
    haproxy.start()
    assert controller.deploy(app.folder)["result"] == "completed"
    with app.load() as users:
        users.wait_for_requests(400)
        app.change()
        number = controller.send(app.folder)["deployment"]
        wait_for(lambda: controller.status(app.name)["watch"], "a release is under watch")
        users.wait_for_requests(200)
        app.turn(r2={"errors": 0.3})
        ended = controller.ended(number, app.name)
        users.wait_for_requests(100)
        result = users.stop()
    assert ended["result"] == "rolled back", ended
    assert "error_rate" in ended["reason"]
    assert result.transitions[-1].release == "r1"
    ticks = controller.client.deployment(app.name, number, evidence=True)["ticks"]
    # Both releases had users meanwhile, and each is judged by its own.
    assert ticks[-1]["new"]["errors"] > 0
    assert sum(tick["old"]["answered"] for tick in ticks if tick["old"]) > 0
    assert all(tick["old"]["errors"] == 0 for tick in ticks if tick["old"])
