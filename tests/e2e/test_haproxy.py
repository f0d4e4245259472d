"""The whole loop behind a real HAProxy of the user's, on real processes, under load."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.config import load
from tests.cli.run import run
from tests.e2e.controller import Controller, Shop
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
