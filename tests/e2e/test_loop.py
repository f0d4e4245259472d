"""The whole loop on real processes behind a real Envoy, under load."""

from __future__ import annotations

import json

from tests.e2e.controller import Controller, Shop, wait_for


def test_switches_and_rollbacks_under_load_fail_no_request_and_cut_no_stream(
    controller: Controller, shop: Shop
) -> None:
    shop.set(lambda file: file["switch"].update(drain="1s"))
    assert controller.deploy(shop.folder)["result"] == "completed"
    with shop.load() as load:
        load.wait_for_requests(50)
        for _ in range(3):
            shop.next_release()
            assert controller.deploy(shop.folder)["result"] == "completed"
            load.wait_for_requests(30)
        answer = controller.client.rollback("shop", None)
        assert (answer["confirmed"], answer["release"]) == (True, "r3")
        load.wait_for_requests(30)
        result = load.stop()
    assert result.failed == 0, result.describe()
    # The streams of a release that is retired for the third one are cut after `drain`; nothing else may be.
    assert {served.release for served in result.served} == {"r1", "r2", "r3", "r4"}
    assert result.transitions[-1].release == "r3"


def test_a_release_that_fails_its_checks_changes_nothing_for_users(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    before = controller.status()
    catalogue = json.loads((shop.folder / "catalogue.json").read_text())
    catalogue["items"].pop()
    (shop.folder / "catalogue.json").write_text(json.dumps(catalogue))
    with shop.load() as load:
        load.wait_for_requests(20)
        failed = controller.deploy(shop.folder)
        load.wait_for_requests(20)
        result = load.stop()
    assert failed["result"] == "failed"
    assert "count" in failed["reason"]
    assert any(check["verdict"] == "block" for check in failed["checks"])
    assert result.failed == 0, result.describe()
    assert {served.release for served in result.served} == {"r1"}
    after = controller.status()
    assert (after["live"], after["epoch"]) == (before["live"], before["epoch"])
    wait_for(
        lambda: controller.status()["environments"]["green"]["state"] == "empty", "the failed environment is stopped"
    )


def test_a_release_that_never_starts_says_why_with_its_last_lines(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    (shop.folder / "catalogue.json").write_text('{"headline": ')
    failed = controller.deploy(shop.folder)
    assert failed["result"] == "failed"
    ended = next(x["event"] for x in failed["events"] if x["event"]["kind"] == "deployment ended")
    assert "JSONDecodeError" in ended["evidence"]["why"] + ended["evidence"]["what"]
    assert controller.status()["live"] == "blue"


def test_rollback_twice_changes_nothing_and_says_so(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    shop.next_release()
    controller.deploy(shop.folder)
    first = controller.client.rollback("shop", None)
    assert (first["release"], first["instant"], first["confirmed"]) == ("r1", True, True)
    second = controller.client.rollback("shop", None)
    # The first one may still be closing its books.
    assert second["deployment"] in (None, first["deployment"])
    assert "r1" in second["notice"]
    assert controller.status()["epoch"] == first["epoch"]


def test_rollback_to_a_release_that_is_not_warm_goes_through_the_idle_environment(
    controller: Controller, shop: Shop
) -> None:
    for _ in range(3):
        shop.next_release()
        controller.deploy(shop.folder)
    answer = controller.client.rollback("shop", "r1")
    assert not answer["instant"]
    ended = controller.ended(answer["deployment"])
    assert ended["result"] == "completed"
    assert [check["verdict"] for check in ended["checks"]] == ["allow"] * 3
    status = controller.status()
    assert status["environments"][status["live"]]["release"] == "r1"


def test_the_live_component_never_runs_in_both_environments(controller: Controller, shop: Shop) -> None:
    for number in (1, 2, 3):
        shop.next_release()
        controller.deploy(shop.folder)
        wait_for(
            lambda wanted=f"r{number}": ledger(shop)[-1:] and ledger(shop)[-1][:2] == ("start", wanted), "it moved"
        )
    controller.client.rollback("shop", None)
    wait_for(lambda: ledger(shop)[-1][:2] == ("start", "r2"), "it moved back")
    running = ""
    for word, release, _ in ledger(shop):
        assert word != "overlap"
        assert (running == "") == (word == "start"), ledger(shop)
        running = release if word == "start" else ""
    assert running == "r2"


def ledger(shop: Shop) -> list[tuple[str, str, str]]:
    if not shop.ledger.exists():
        return []
    return [tuple(line.split()[:3]) for line in shop.ledger.read_text().splitlines()]  # type: ignore[misc]


def test_an_ordinary_deployment_never_restarts_a_shared_component(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    before = controller.status()["shared"]["ranker"]["instances"]
    shop.next_release()
    controller.deploy(shop.folder)
    assert controller.status()["shared"]["ranker"]["instances"] == before


def test_a_shared_component_is_replaced_under_load(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    before = controller.status()["shared"]["ranker"]
    shop.next_release()
    with shop.load() as load:
        load.wait_for_requests(20)
        assert controller.deploy(shop.folder, component="ranker")["result"] == "completed"
        load.wait_for_requests(50)
        result = load.stop()
    assert result.failed == 0, result.describe()
    after = controller.status()
    assert after["shared"]["ranker"]["instances"][0]["pid"] != before["instances"][0]["pid"]
    assert list(after["shared"]) == ["ranker"]
    assert after["environments"]["blue"]["release"] == "r1"


def test_the_receipt_counts_what_users_got(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    with shop.load() as load:
        load.wait_for_requests(50)
        shop.next_release()
        number = controller.send(shop.folder)["deployment"]
        controller.ended(number)
        load.wait_for_requests(100)
        load.stop()
    wait_for(lambda: controller.client.deployment("shop", number)["receipt"]["drain_seconds"] is not None, "it drains")
    receipt = controller.client.deployment("shop", number)["receipt"]
    assert receipt["requests"]["blue"] > 0
    assert receipt["failed"] == {"blue": 0, "green": 0}
    assert receipt["after_confirmed"] == 0
    assert receipt["switch_seconds"] > 0


def test_a_staged_shift_holds_each_step_and_an_abort_leads_back(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    shop.next_release()
    shop.set(lambda file: file.update(switch={"shift": ["20%", "100%"], "hold": "1h"}))
    number = controller.send(shop.folder)["deployment"]
    wait_for(lambda: controller.status()["route"]["observed"]["shares"] == {"blue": 80, "green": 20}, "a fifth moved")
    with shop.load(events=(), sockets=()) as load:
        load.wait_for_requests(200)
        result = load.stop()
    assert result.failed == 0, result.describe()
    served = {s.release: s.requests for s in result.served}
    assert 0 < served["r2"] < served["r1"]
    controller.client.abort("shop", number)
    assert controller.ended(number)["result"] == "rolled back"
    assert controller.status()["route"]["observed"]["shares"] == {"blue": 100}


def test_approval_by_hand_is_waited_for(controller: Controller, shop: Shop) -> None:
    shop.set(lambda file: file.update(approve="by hand"))
    number = controller.send(shop.folder)["deployment"]
    controller.phase("awaiting approval")
    assert controller.status()["live"] is None
    controller.client.approve("shop", number)
    assert controller.ended(number)["result"] == "completed"


def test_down_ends_everything_and_a_deployment_brings_it_up_again(controller: Controller, shop: Shop) -> None:
    controller.deploy(shop.folder)
    controller.client.down("shop")
    wait_for(lambda: controller.status()["down"], "it is down")
    status = controller.status()
    assert all(not env["instances"] for env in status["environments"].values())
    assert not status["shared"]
    assert controller.deploy(shop.folder)["result"] == "completed"
