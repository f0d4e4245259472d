"""Freezes, hours and approval by another person, on a real controller under load."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bluegreen.client import Client
from bluegreen.core.errors import Refused
from tests.e2e.controller import Controller, Shop, wait_for

YESTERDAY = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
IN_A_WEEK = f"{datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}"


def test_a_freeze_keeps_users_where_they_are_and_lets_them_back(controller: Controller, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    for _ in range(2):
        assert controller.deploy(shop.folder)["result"] == "completed"
        shop.next_release()
    controller.client.freeze("shop", "the audit is on")
    assert controller.status()["window"]["open"] is False
    with pytest.raises(Refused, match="test@here has frozen deployments until that is lifted: the audit is on"):
        controller.send(shop.folder)
    controller.kill()
    controller.start()
    with pytest.raises(Refused, match="the audit is on"):
        controller.send(shop.folder)
    assert controller.client.rollback("shop")["release"] == "r1", "a rollback asks no freeze"
    done = controller.deploy(shop.folder, override_freeze="users cannot pay")
    assert done["result"] == "completed"
    requested = [e["event"] for e in controller.events() if e["event"]["kind"] == "deployment requested"]
    assert [event["override"] for event in requested][-1] == "users cannot pay"
    controller.client.unfreeze("shop")
    shop.next_release()
    assert controller.deploy(shop.folder)["result"] == "completed"


def test_a_freeze_that_is_over_stops_nobody(controller: Controller, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    controller.deploy(shop.folder)
    until = datetime.now(UTC) + timedelta(seconds=1.5)
    controller.client.freeze("shop", "a moment", until=until.isoformat())
    assert not controller.status()["window"]["open"]
    wait_for(lambda: controller.status()["window"]["open"], "the freeze is over")
    assert time.time() >= until.timestamp()
    shop.next_release()
    assert controller.deploy(shop.folder)["result"] == "completed"


def test_a_frozen_file_cannot_be_deployed_away(controller: Controller, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    controller.deploy(shop.folder)
    frozen = {"freeze": [{"from": YESTERDAY, "until": IN_A_WEEK, "why": "moving house"}]}
    shop.set(lambda file: file.update(windows=frozen))
    controller.deploy(shop.folder, override_freeze="to begin with it")
    shop.set(lambda file: file.pop("windows"))
    with pytest.raises(Refused, match=f"deployments are frozen until {IN_A_WEEK} 00:00 UTC: moving house"):
        controller.send(shop.folder)


def test_another_person_has_to_approve(controller: Controller, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop", approve="by hand", approve_by="another person")
    number = controller.send(shop.folder)["deployment"]
    controller.phase("awaiting approval")
    with pytest.raises(Refused, match="test@here has deployed this, so another person"):
        controller.client.approve("shop", number)
    Client(controller.home, actor="grace@there").approve("shop", number)
    ended = controller.ended(number)
    assert ended["result"] == "completed"
    approved = [e for e in controller.events() if e["event"]["kind"] == "approved"]
    assert [entry["actor"] for entry in approved] == ["grace@there"]
