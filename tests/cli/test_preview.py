"""`bluegreen preview`: both ways in words, or what there is to see now."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from tests.cli.recorded import Recorded
from tests.cli.run import Cli

READY = {
    "app": "shop",
    "address": "127.0.0.1:8081",
    "url": "http://127.0.0.1:8081",
    "public_url": "https://shop.example.com:8443",
    "header": {"name": "x-bluegreen-preview", "value": "k3y-that-is_a-secret"},
    "release": "r12",
    "color": "green",
    "state": "ready",
    "share": 0,
    "ready": True,
}


def answer(controller: Recorded, **changes: Any) -> dict[str, Any]:
    found = READY | changes
    controller.answers["GET /v1/apps/shop/preview"] = (200, found)
    return found


def test_both_ways_are_told_and_the_line_for_curl_can_be_copied(cli: Cli, controller: Recorded) -> None:
    answer(controller)
    ran = cli("preview", "--app", "shop")
    assert ran.code == 0, ran.err
    lines = [line.strip() for line in ran.out.splitlines()]
    assert lines[0] == "shop: r12 in green can be looked at (ready); users get none of it"
    assert "http://127.0.0.1:8081" in lines
    (curl,) = [line for line in lines if line.startswith("curl ")]
    header = "x-bluegreen-preview: k3y-that-is_a-secret"
    assert shlex.split(curl) == ["curl", "-H", header, "https://shop.example.com:8443/"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"release": None, "state": "empty"}, "nothing is in the idle environment: green is empty"),
        ({"state": "starting"}, "nothing can be looked at now: r12 in green is starting"),
        ({"state": "stopping"}, "nothing can be looked at now: r12 in green is stopping"),
        ({"share": 5, "state": "live"}, "nothing is idle: r12 in green gets 5 % of the users"),
        ({"state": "standby"}, "r12 in green does not answer: `bluegreen logs --color green`"),
    ],
    ids=["empty", "starting", "stopping", "a shift", "ill"],
)
def test_what_is_there_instead(cli: Cli, controller: Recorded, changes: dict[str, Any], said: str) -> None:
    answer(controller, ready=False, **changes)
    ran = cli("preview", "--app", "shop")
    assert ran.code == 0, ran.err
    assert ran.out.startswith(f"shop: {said}")
    assert "http://127.0.0.1:8081" in ran.out  # for when something is there


def test_nothing_runs(cli: Cli, controller: Recorded) -> None:
    answer(controller, ready=False, release=None, state="empty", address=None, url=None, public_url=None)
    ran = cli("preview", "--app", "shop")
    assert (ran.code, len(ran.out.splitlines())) == (0, 1)
    assert "nothing runs" in ran.out


def test_json_is_what_the_controller_says(cli: Cli, controller: Recorded) -> None:
    found = answer(controller)
    ran = cli("preview", "--app", "shop", "--json")
    assert (ran.code, json.loads(ran.out)) == (0, found)


def test_an_unknown_application_is_an_error(cli: Cli, controller: Recorded) -> None:
    controller.answers["GET /v1/apps/shop/preview"] = (404, {"what": "There is no application `shop` here."})
    ran = cli("preview", "--app", "shop")
    assert ran.code == 2
    assert "no application `shop`" in ran.err
