"""`bluegreen notify`: channels and messages as people read them, and as scripts do."""

from __future__ import annotations

import json
from typing import Any

from tests.cli.recorded import Recorded
from tests.cli.run import Cli

ID = "msg_" + "0a" * 16


def channel(**changes: Any) -> dict[str, Any]:
    plain = {
        "name": "ops",
        "kind": "apprise",
        "target": "slack://…",
        "waiting": 2,
        "last_delivered": None,
        "last_failure": {"at": 1_700_000_000.0, "answer": "No answer within 15 s."},
        "gone": None,
    }
    return plain | changes


def delivery(**changes: Any) -> dict[str, Any]:
    plain = {
        "id": ID,
        "channel": "ops",
        "app": "shop",
        "kind": "failed",
        "entry": 7,
        "title": "shop: r2 failed",
        "at": 1_700_000_000.0,
        "state": "delivered",
        "due": None,
        "attempts": [{"at": 1_700_000_001.0, "delivered": True, "answer": "200"}],
    }
    return plain | changes


def test_channels_are_a_table(cli: Cli, controller: Recorded) -> None:
    controller.answers["GET /v1/channels"] = (200, {"channels": [channel()], "next": None})
    head, row = cli("notify", "channels").out.splitlines()
    assert head.split()[:4] == ["channel", "kind", "target", "waiting"]
    assert row.split()[:4] == ["ops", "apprise", "slack://…", "2"]
    assert "never" in row
    assert "No answer within 15 s." in row
    assert json.loads(cli("notify", "channels", "--json").out) == {"channels": [channel()]}


def test_a_channel_that_asked_for_no_more_says_so(cli: Cli, controller: Recorded) -> None:
    controller.answers["GET /v1/channels"] = (200, {"channels": [channel(gone="It answered 410.")], "next": None})
    assert "asked for no more" in cli("notify", "channels").out


def test_without_channels_it_says_how_to_add_one(cli: Cli, controller: Recorded) -> None:
    controller.answers["GET /v1/channels"] = (200, {"channels": [], "next": None})
    assert "notifications.md" in cli("notify", "channels").out


def test_a_test_that_arrives_and_one_that_does_not(cli: Cli, controller: Recorded) -> None:
    controller.answers["POST /v1/channels/ops/test"] = (200, delivery(kind="test"))
    ran = cli("notify", "test", "ops")
    assert (ran.code, ran.out) == (0, "The test arrived at ops: 200.\n")
    refused = [{"at": 1.0, "delivered": False, "answer": "It answered 500."}]
    controller.answers["POST /v1/channels/ops/test"] = (200, delivery(state="failed", attempts=refused))
    ran = cli("notify", "test", "ops")
    assert ran.code == 1
    assert "did not arrive at ops" in ran.err
    assert "It answered 500." in ran.err


def test_deliveries_are_a_table_and_are_filtered(cli: Cli, controller: Recorded) -> None:
    waiting = delivery(state="waiting", attempts=[])
    controller.answers["GET /v1/deliveries"] = (200, {"deliveries": [waiting, delivery()], "next": None})
    ran = cli("notify", "deliveries", "--state", "waiting", "--channel", "ops", "-n", "1")
    head, row = ran.out.splitlines()
    assert head.split()[0] == "id"
    assert row.startswith(ID)
    assert "shop: r2 failed" in row
    assert len(json.loads(cli("notify", "deliveries", "--json").out)["deliveries"]) == 2


def test_a_replay_says_what_is_sent_again(cli: Cli, controller: Recorded) -> None:
    controller.answers[f"POST /v1/deliveries/{ID}/replay"] = (202, delivery(state="waiting"))
    assert cli("notify", "replay", ID).out == f"{ID} is sent to ops once more: shop: r2 failed\n"
    assert cli("notify", "replay", "msg_1").code == 2
