"""Messages of a real controller: what receivers get of deployments, also when they or the controller were not there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.e2e.controller import Controller, Shop, wait_for
from tests.notify.receiver import SECRET, Receiver

URL = "https://deploy.example.com:8443"


def with_channels(home: Path, **channels: dict[str, str]) -> None:
    file = home / "controller.yaml"
    file.write_text(yaml.safe_dump({"url": URL, "channels": channels}))
    file.chmod(0o600)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def controller() -> Iterator[Controller]:
    """Not started yet."""
    controller = Controller()
    yield controller
    controller.close()


def test_a_deployment_is_told_in_signed_cloud_events(controller: Controller, shop: Shop, receiver: Receiver) -> None:
    with_channels(controller.home, hook={"webhook": f"http://127.0.0.1:{receiver.port}/x", "secret": SECRET})
    controller.start()
    shop.set(lambda file: file.update(notify={"hook": "all", "nobody": "failed"}))
    controller.deploy(shop.folder)
    wait_for(lambda: receiver.of("completed"), "the end is told")
    assert receiver.kinds == ["started", "switched", "completed"]
    for got in receiver.got:
        got.verify()
        assert got.headers["content-type"].startswith("application/cloudevents+json")
    event = receiver.of("completed")[0].json
    assert event["specversion"] == "1.0"
    assert event["type"] == "dev.bluegreen.deployment.completed.v1"
    assert event["subject"] == "apps/shop/deployments/1"
    assert event["data"]["link"] == f"{URL}/#/apps/shop/deployments/1"
    assert any("`nobody`" in warning for warning in controller.status()["warnings"])
