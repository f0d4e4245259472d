"""Messages of a real controller: what receivers get of deployments, also when they or the controller were not there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.cli.run import Ran, run
from tests.e2e.controller import Controller, Shop, free_port, wait_for
from tests.e2e.flaky_app import FlakyApp
from tests.e2e.test_full_disk import fill, small_disk
from tests.notify.receiver import SECRET, Receiver

__all__ = ["small_disk"]  # a fixture

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


def test_an_automatic_rollback_is_told_and_a_receiver_that_hangs_holds_nothing_up(
    controller: Controller, tmp_path: Path, receiver: Receiver
) -> None:
    hanging, answered = Receiver(), threading.Event()

    def hang(got: object) -> tuple[int, dict[str, str]]:
        answered.wait(120)
        return 200, {}

    hanging.answer = hang
    chat = Receiver()
    with_channels(
        controller.home,
        hook={"webhook": f"http://127.0.0.1:{receiver.port}/x", "secret": SECRET},
        slow={"webhook": f"http://127.0.0.1:{hanging.port}/x", "secret": SECRET},
        chat={"apprise": f"json://127.0.0.1:{chat.port}/y"},
    )
    controller.start()
    notify = {"hook": "all", "slow": "all", "chat": ["rolled back", "failed"]}
    app = FlakyApp(tmp_path / "flaky", watch={"for": "2m"}, notify=notify)
    assert controller.deploy(app.folder)["result"] == "completed"
    with app.load() as load:
        load.wait_for_requests(600)
        app.change()
        number = controller.send(app.folder)["deployment"]
        wait_for(lambda: controller.status(app.name)["watch"], "a release is under watch")
        app.turn(r2={"errors": 0.5})
        ended = controller.ended(number, app.name)
        load.stop()
    assert ended["result"] == "rolled back"
    # Not one message has been taken by the receiver that hangs, and all of this has happened.
    assert {got.json["data"]["deployment"] for got in hanging.got} == {1}
    (told,) = wait_for(lambda: receiver.of("rolled back"), "the rollback is told")
    told.verify()
    data = told.json["data"]
    assert told.json["type"] == "dev.bluegreen.deployment.rolled_back.v1"
    assert data["title"] == f"{app.name}: r2 was rolled back, users are back on r1"
    assert data["reason"] == ended["reason"]
    assert data["figures"]["failed"]["green"] == ended["receipt"]["failed"]["green"] > 0
    (said,) = wait_for(lambda: chat.got, "it is told where people chat")
    assert said.json["title"] == data["title"]
    assert said.json["type"] == "failure"
    answered.set()
    for one in (hanging, chat):
        one.close()


def test_what_waited_when_the_controller_was_killed_arrives_with_the_same_id_and_no_secret_is_anywhere(
    controller: Controller, shop: Shop
) -> None:
    port = free_port()
    path = "path-that-nobody-may-know"
    with_channels(
        controller.home,
        hook={"webhook": f"http://127.0.0.1:{port}/{path}", "secret": "$HOOK_SECRET"},
        chat={"apprise": f"json://user:password-of-the-chat@127.0.0.1:{port}/{path}"},
    )
    controller.start(HOOK_SECRET=SECRET)
    shop.set(lambda file: file.update(notify={"hook": "completed", "chat": "all"}))
    controller.deploy(shop.folder)

    def tried() -> list[str]:
        waiting = controller.client.deliveries(channel="hook", state="waiting")
        return [delivery["id"] for delivery in waiting if delivery["attempts"]]

    (id,) = wait_for(tried, "the first attempt has failed")
    controller.kill()
    receiver = Receiver(port)
    answers = iter([(500, {})])
    receiver.answer = lambda got: next(answers, (200, {})) if "webhook-id" in got.headers else (200, {})

    def hooks() -> list[str]:
        return [got.id for got in receiver.got if "webhook-id" in got.headers]

    controller.start(HOOK_SECRET=SECRET)
    wait_for(lambda: list(controller.client.deliveries(channel="hook", state="delivered")), "it has arrived", 120)
    assert hooks() == [id] * len(hooks())
    again = notify(controller, "replay", id)
    assert again.code == 0, again.err
    count = len(hooks())
    wait_for(lambda: len(hooks()) > count or len(hooks()) > 2, "it is sent once more")
    first, *_, last = [got for got in receiver.got if "webhook-id" in got.headers]
    last.verify()
    assert (first.id, first.body) == (last.id, last.body)
    assert notify(controller, "test", "chat").code == 0
    shown = json.dumps([list(controller.client.channels()), list(controller.client.deliveries())])
    for command in (["channels"], ["deliveries"]):
        shown += notify(controller, *command).out
    kept = b"".join(file.read_bytes() for file in controller.home.rglob("*") if file.is_file() and not unread(file))
    for secret in (SECRET, SECRET.removeprefix("whsec_"), path, "password-of-the-chat"):
        assert secret not in shown
        assert secret.encode() not in kept
    receiver.close()


def notify(controller: Controller, *arguments: str) -> Ran:
    return run("--home", str(controller.home), "notify", *arguments, cwd=controller.home)


def unread(file: Path) -> bool:
    """Where the secrets belong, and what is not the controller's."""
    return file.name == "controller.yaml" or "releases" in file.parts


def test_with_the_disk_full_a_rollback_is_made_and_told(small_disk: Path, shop: Shop, receiver: Receiver) -> None:
    controller = Controller(small_disk)
    with_channels(controller.home, hook={"webhook": f"http://127.0.0.1:{receiver.port}/x", "secret": SECRET})
    controller.start()
    try:
        shop.set(lambda file: file.update(notify={"hook": "all"}))
        controller.deploy(shop.folder)
        shop.next_release()
        controller.deploy(shop.folder)
        wait_for(lambda: len(receiver.of("completed")) == 2, "both are told")
        filler = fill(small_disk)
        answer = controller.client.rollback("shop", None)
        assert (answer["release"], answer["confirmed"]) == ("r1", True)
        (told,) = wait_for(lambda: receiver.of("trouble"), "the trouble is told")
        assert "Users are served by r1" in told.json["data"]["text"]
        filler.unlink()
        wait_for(lambda: receiver.of("rolled back"), "what was held back is told")
    finally:
        controller.close()
