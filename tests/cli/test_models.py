"""`bluegreen models`: what is loaded and for whom, and why something stays."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.recorded import Recorded
from tests.cli.run import Cli

MODEL: dict[str, Any] = {
    "model": "chat",
    "name": "chat-v12",
    "kind": "served",
    "component": "llm",
    "copy": "in use",
    "source": "s3://a",
    "digest": "d",
    "state": "loaded",
    "why": None,
    "since": 1.0,
    "needed_by": ["the live r3 in blue"],
}
LOST = MODEL | {"name": "chat-v11", "copy": "replacement", "state": "loading", "why": "it ended", "needed_by": []}
FILE = MODEL | {
    "model": "ranker",
    "name": "r.onnx",
    "kind": "file",
    "component": None,
    "copy": None,
    "state": "in the release",
}


@pytest.mark.parametrize("words", [("models",), ("models", "list")])
def test_the_list_says_where_since_when_and_for_whom(cli: Cli, controller: Recorded, words: tuple[str, ...]) -> None:
    controller.answers["GET /v1/apps/shop/models"] = (200, {"models": [MODEL, LOST, FILE], "next": None})
    ran = cli(*words, "--app", "shop")
    head, *rows = ran.out.splitlines()
    assert head.split() == ["model", "revision", "in", "state", "since", "needed", "by"]
    assert "chat-v12" in rows[0]
    assert rows[0].endswith("the live r3 in blue")
    assert "llm (replacement)" in rows[1]
    assert "loading: it ended" in rows[1]
    assert rows[1].endswith("nothing")
    assert "the folder" in rows[2]


def test_for_scripts_it_is_json(cli: Cli, controller: Recorded) -> None:
    controller.answers["GET /v1/apps/shop/models"] = (200, {"models": [MODEL], "next": None})
    assert json.loads(cli("models", "--app", "shop", "--json").out) == {"app": "shop", "models": [MODEL]}


def test_an_application_without_models_says_how_to_have_some(cli: Cli, controller: Recorded) -> None:
    controller.answers["GET /v1/apps/shop/models"] = (200, {"models": [], "next": None})
    assert "`models:` in bluegreen.yaml" in cli("models", "--app", "shop").out


def test_what_is_needed_is_not_unloaded(cli: Cli, controller: Recorded) -> None:
    refused = {"what": "chat-v11 stays in llm", "why": "", "cure": "", "title": "x", "status": 409}
    controller.answers["POST /v1/apps/shop/models/unload"] = (409, refused)
    ran = cli("models", "unload", "chat-v11", "--app", "shop")
    assert ran.code == 3
    assert "chat-v11 stays in llm" in ran.err
    assert controller.bodies("POST /v1/apps/shop/models/unload") == [{"name": "chat-v11"}]


def test_what_nothing_needs_is_being_unloaded(cli: Cli, controller: Recorded) -> None:
    controller.answers["POST /v1/apps/shop/models/unload"] = (200, {"notice": "Nothing needs it."})
    assert cli("models", "unload", "chat-v11", "--app", "shop").out == "Nothing needs it.\n"
