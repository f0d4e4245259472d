"""Every combination of {code, flags, model, configuration}, changed alone and together: one release for each answer."""

from __future__ import annotations

import http.client
import itertools
import json
import shlex
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from bluegreen.cli.examples import example_folder
from tests.e2e.controller import Controller, Json, free_port, wait_for

PARTS = ("code", "flags", "model", "configuration")
BEFORE = {"code": "1", "flags": "full", "model": "support-1", "configuration": "the lamp shop"}
AFTER = {"code": "2", "flags": "brief", "model": "support-2", "configuration": "the chair shop"}
COMBINATIONS = [set(some) for size in range(1, 5) for some in itertools.combinations(PARTS, size)]
ASKED = "/ask?chat=someone&q=Do+you+ship+to+Norway%3F"
STREAMED = json.dumps({"messages": [{"role": "user", "content": "Do you ship to Norway?"}], "stream": True})
ASKING = 3
"""Clients at the same time; one of them reads streams."""


class Assistant:
    """A copy of the example, over the stand-in for its model."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = shutil.copytree(example_folder("assistant"), folder), free_port()
        file = self._file()
        file |= {"address": f"127.0.0.1:{self.port}", "verify": [{"http": ASKED}], "watch": "off"}
        file["switch"] = {"drain": "0s"}
        for component in file["components"].values():
            component["run"] = component["run"].replace("python3", shlex.quote(sys.executable), 1)
        file["components"]["llm"]["env"] = {"ASSISTANT_MODEL": "stand-in"}
        self._write(file)

    def become(self, parts: Json) -> None:
        """Make the folder what the next release is made of."""
        (self.folder / "assistant" / "__init__.py").write_text(f"CODE = {parts['code']!r}\n")
        flags = json.loads((self.folder / "flags.json").read_text())
        flags["flags"]["answer-style"]["defaultVariant"] = parts["flags"]
        (self.folder / "flags.json").write_text(json.dumps(flags))
        file = self._file()
        file["components"]["web"]["env"]["ASSISTANT_SHOP"] = parts["configuration"]
        file["models"]["chat"].update(name=parts["model"], source=f"./adapters/{parts['model']}")
        self._write(file)

    def _file(self) -> Json:
        found: Json = yaml.safe_load((self.folder / "bluegreen.yaml").read_text())
        return found

    def _write(self, file: Json) -> None:
        (self.folder / "bluegreen.yaml").write_text(yaml.safe_dump(file, sort_keys=False))


@dataclass(frozen=True)
class Answer:
    sent: float
    digest: str
    parts: tuple[str, ...]
    """In the order of `PARTS`."""


class Load:
    """Clients that ask all the time, and keep every answer."""

    def __init__(self, port: int) -> None:
        self.answers: list[Answer] = []
        self.failures: list[str] = []
        self._port, self._over = port, threading.Event()
        ways: list[Callable[[http.client.HTTPConnection], Answer]] = [_ask] * (ASKING - 1) + [_stream]
        self._threads = [threading.Thread(target=self._run, args=(way,), daemon=True) for way in ways]
        for thread in self._threads:
            thread.start()

    def _run(self, way: Callable[[http.client.HTTPConnection], Answer]) -> None:
        connection, asked = self._connection(), 0
        while not self._over.wait(0.02):
            try:
                self.answers.append(way(connection))
            except Exception as error:
                self.failures.append(repr(error))
                connection = self._connection()
            if (asked := asked + 1) % 10 == 0:  # some come anew
                connection.close()
                connection = self._connection()

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)

    def more(self, number: int) -> list[Answer]:
        """So many answers to questions that are asked from now on."""
        now = time.monotonic()

        def look() -> list[Answer]:
            found = [answer for answer in list(self.answers) if answer.sent > now]
            return found if len(found) >= number or self.failures else []

        found: list[Answer] = wait_for(look, f"{number} more answers")
        return found

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(70)


def _ask(connection: http.client.HTTPConnection) -> Answer:
    sent = time.monotonic()
    connection.request("GET", ASKED)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    said = json.loads(body)
    assert said["digest"] == answer.headers["x-digest"]
    # What the model says tells its revision by itself: only support-2 knows where Norway is.
    assert said["topic"] == {"support-1": "unknown", "support-2": "delivery"}[said["model"]], said
    return Answer(sent, said["digest"], (said["code"], said["prompt"], said["model"], said["shop"]))


def _stream(connection: http.client.HTTPConnection) -> Answer:
    sent = time.monotonic()
    connection.request("POST", "/v1/chat/completions", STREAMED)
    answer = connection.getresponse()
    body = answer.read().decode()
    assert answer.status == 200, body
    *events, done = body.removesuffix("\n\n").split("\n\n")
    assert done == "data: [DONE]", "a stream was cut"
    (model,) = {json.loads(event.removeprefix("data: "))["model"] for event in events}
    told = answer.headers
    return Answer(sent, told["x-digest"], (told["x-code"], told["x-prompt"], model, told["x-shop"]))


@pytest.fixture
def running(controller: Controller, tmp_path: Path) -> Iterator[tuple[Controller, Assistant, Load]]:
    assistant = Assistant(tmp_path / "assistant")
    first = controller.deploy(assistant.folder)
    assert first["result"] == "completed", first["reason"]
    load = Load(assistant.port)
    yield controller, assistant, load
    load.end()


@pytest.mark.timeout(600)
def test_behind_every_answer_is_one_release_whatever_changes(running: tuple[Controller, Assistant, Load]) -> None:
    controller, assistant, load = running
    layer = _llm(controller)
    expected = {_live(controller): _parts(set())}
    for changed in COMBINATIONS:
        assistant.become({part: (AFTER if part in changed else BEFORE)[part] for part in PARTS})
        ended = controller.deploy(assistant.folder)
        assert ended["result"] == "completed", (changed, ended["reason"])
        digest = _live(controller)
        assert digest not in expected, f"{changed} is no release of its own"
        expected[digest] = _parts(changed)
        assert {(a.digest, a.parts) for a in load.more(10)} == {(digest, _parts(changed))}, f"after {changed}"
        assert controller.status("assistant")["next"]["rollback"]["instant"], f"after {changed}"
        back = controller.client.rollback("assistant")
        assert (back["instant"], back["confirmed"]) == (True, True), back
        first = next(iter(expected))
        assert {(a.digest, a.parts) for a in load.more(10)} == {(first, _parts(set()))}, f"back from {changed}"
    load.end()
    assert load.failures == []
    wrong = [answer for answer in load.answers if answer.parts != expected.get(answer.digest)]
    assert wrong == []
    assert {answer.digest for answer in load.answers} == set(expected)
    assert _llm(controller) == layer, "the model server was started again"


def _parts(changed: set[str]) -> tuple[str, ...]:
    return tuple((AFTER if part in changed else BEFORE)[part] for part in PARTS)


def _live(controller: Controller) -> str:
    status = controller.status("assistant")
    return str(status["environments"][status["live"]]["digest"])


def _llm(controller: Controller) -> Any:
    (instance,) = controller.status("assistant")["shared"]["llm"]["instances"]
    return instance["pid"], instance["restarts"]
