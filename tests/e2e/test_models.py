"""Revisions of a model over one shared layer, on real processes behind a real Envoy, under load."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from bluegreen.core.errors import Refused
from tests.e2e.assistant import Assistant, Users, released, server
from tests.e2e.controller import Controller, Json, wait_for

APP = "assistant"


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    return Assistant(tmp_path / APP, keep="1h")


def loaded(controller: Controller) -> set[str]:
    return set(server(controller.status(APP))["loaded"])


def test_each_answer_is_of_its_releases_revision_and_the_layer_never_restarts(
    controller: Controller, assistant: Assistant
) -> None:
    of_release = {released(controller, assistant, "chat-v1"): "chat-v1"}
    process = server(controller.status(APP))["pid"]
    with Users(assistant) as users:
        users.more()
        of_release[released(controller, assistant, "chat-v2")] = "chat-v2"
        users.more()
        assert loaded(controller) == {"chat-v1", "chat-v2"}, "the standby keeps what it needs"
        with pytest.raises(Refused, match="chat-v1 stays in llm: the standby r1"):
            controller.client.unload_model(APP, "chat-v1")
        calls = server(controller.status(APP))["calls"]
        back = controller.client.rollback(APP, None)
        assert (back["instant"], back["confirmed"]) == (True, True)
        users.more()
        assert server(controller.status(APP))["calls"] == calls, "an instant rollback loads nothing"
        controller.ended(back["deployment"], APP)
        assistant.file["keep"] = "1s"
        of_release[released(controller, assistant, "chat-v3")] = "chat-v3"
        users.more()
        wait_for(lambda: loaded(controller) == {"chat-v3"}, "what nothing needs is unloaded")
        users.more()
    assert not users.failed
    assert {answer["release"] for answer in users.answers} == set(of_release)
    for answer in users.answers:
        revision = of_release[answer["release"]]
        assert answer["asked"] == revision
        assert answer["said"] == f"{revision} from s3://{revision}"
    assert server(controller.status(APP))["pid"] == process
    kinds = [entry["event"]["kind"] for entry in controller.events(APP)]
    last = len(kinds) - kinds[::-1].index("environment stopped")
    assert "model unloaded" in kinds[last:], "the standby's revision goes after the standby, not before"


def test_a_revision_that_does_not_load_fails_before_anything_starts(
    controller: Controller, assistant: Assistant
) -> None:
    released(controller, assistant, "chat-v1")
    assistant.revise("chat-v2", source="bad:weights")
    ended = controller.deploy(assistant.folder)
    assert ended["result"] == "failed"
    assert "llm could not load chat-v2: 500" in ended["reason"]
    assert "no room for bad:weights" in ended["reason"]
    assert assistant.ask()["said"] == "chat-v1 from s3://chat-v1"
    events = [entry["event"] for entry in controller.events(APP)]
    assert [event["release"] for event in events if event["kind"] == "environment starting"] == [1]


def test_a_layer_that_was_killed_gets_both_revisions_back(controller: Controller, assistant: Assistant) -> None:
    released(controller, assistant, "chat-v1")
    released(controller, assistant, "chat-v2")
    before = server(controller.status(APP))
    os.kill(before["pid"], signal.SIGKILL)

    def again() -> Json | None:
        try:
            found = server(controller.status(APP))
        except OSError:
            return None  # it is just being started again
        return found if found["pid"] != before["pid"] and len(found["loaded"]) == 2 else None

    assert wait_for(again, "both are loaded again")["loaded"] == before["loaded"]
    assert assistant.ask()["said"] == "chat-v2 from s3://chat-v2"


def test_killed_while_a_revision_is_loaded_the_next_controller_goes_on(
    controller: Controller, assistant: Assistant
) -> None:
    released(controller, assistant, "chat-v1")
    for point in ("before LoadModel", "model loaded", "after LoadModel"):
        controller.kill()
        controller.start(BLUEGREEN_FAULT=point)
        name = "chat-" + point.replace(" ", "-").lower()
        assistant.revise(name)
        controller.send(assistant.folder)
        controller.wait_ended()
        controller.start()
        wait_for(lambda: controller.status(APP)["deployment"] is None, "it goes on to its end")
        assert assistant.ask()["said"] == f"{name} from s3://{name}"
        assert len(controller.status(APP)["shared"]["llm"]["instances"]) == 1


def test_files_of_the_folder_belong_to_the_release(controller: Controller, assistant: Assistant) -> None:
    (assistant.folder / "adapter.txt").write_text("weights of one")
    (assistant.folder / "ranker.onnx").write_text("rank")
    assistant.file["models"]["ranker"] = {"path": "ranker.onnx"}
    assistant.file["components"]["web"]["run"] = f"cat $RANKER_MODEL; {assistant.file['components']['web']['run']}"
    first = released(controller, assistant, "chat-v1", source="./adapter.txt")
    assert assistant.ask()["said"] == "chat-v1 from weights of one"
    assert "rank" in "".join(controller.client.logs(APP, component="web", place="blue", lines=10, follow=False))
    (assistant.folder / "adapter.txt").write_text("weights of two")
    second = released(controller, assistant, "chat-v2", source="./adapter.txt")
    assert assistant.ask()["said"] == "chat-v2 from weights of two"
    digests = {r["release"]: r for r in controller.client.releases(APP)}
    assert digests[first]["digest"] != digests[second]["digest"]


def test_what_the_overlap_costs_and_sharing_saves_is_told(controller: Controller, assistant: Assistant) -> None:
    released(controller, assistant, "chat-v1")
    released(controller, assistant, "chat-v2")
    overlap = controller.status(APP)["overlap"]
    assert (overlap["per_hour"], overlap["saved_per_hour"]) == (0.5, 12.5)
    assert overlap["saved"] == pytest.approx(25 * overlap["cost"])
    back = controller.status(APP)["next"]["rollback"]
    assert back["instant"]
    assert back["seconds"] == back["about"]
    assert back["probed"]["healthy"], "whoever asks has the standby probed"
    assistant.file["keep"] = "1s"
    released(controller, assistant, "chat-v3")
    receipt = wait_for(
        lambda: (r := controller.client.receipt(APP, 2))["overlap_seconds"] is not None and r, "the overlap is over"
    )
    assert receipt["overlap_cost"] == pytest.approx(0.5 * receipt["overlap_seconds"] / 3600)
    assert receipt["sharing_saved"] == pytest.approx(12.5 * receipt["overlap_seconds"] / 3600)
    names = [(m["name"], m["state"]) for m in controller.client.models(APP)]
    assert ("chat-v3", "loaded") in names
