"""A shared layer of two instances of which one is killed: it answers again only when its revisions are back."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.e2e.assistant import PYTHON, Assistant, Users, released, server
from tests.e2e.controller import Controller, Json, wait_for

APP = "assistant"
SLOW = 2


@pytest.fixture
def assistant(tmp_path: Path) -> Assistant:
    """Both instances take so many seconds to load a revision, and hold that of the live release and of the standby."""
    assistant = Assistant(tmp_path / APP, keep="1h")
    components = assistant.file["components"]
    components["llm"].update(run=f"exec {PYTHON} -S model_server.py $PORT {SLOW}", instances=2)
    components["web"]["env"] = {"BY_GET": "1"}
    return assistant


def killed(controller: Controller) -> Json:
    """Kill the second instance, and give what it said before."""
    before = server(controller.status(APP), 2)
    os.kill(before["pid"], signal.SIGKILL)
    return before


def back(controller: Controller, before: Json) -> Json:
    """Wait until it runs again, has every revision that it had, and has answered some users."""

    def look() -> Json | None:
        try:
            found = server(controller.status(APP), 2)
        except OSError:
            return None  # it is just being started again
        again = found["pid"] != before["pid"] and found["loaded"] == before["loaded"]
        return found if again and found["found"] > 10 else None

    found: Json = wait_for(look, "it answers again")
    return found


def test_an_instance_that_was_killed_answers_again_only_with_every_revision(
    controller: Controller, assistant: Assistant
) -> None:
    released(controller, assistant, "chat-v1")
    released(controller, assistant, "chat-v2")
    with Users(assistant) as users:
        users.more()
        assert set(back(controller, killed(controller))["loaded"]) == {"chat-v1", "chat-v2"}
    assert not users.failed
