"""A real application reports what its users did, from what is in its environment."""

from __future__ import annotations

import json
import sqlite3
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from tests.e2e.controller import Controller, Json, free_port, wait_for
from tests.e2e.program import PYTHON

SERVER = '''\
"""Reports a purchase at every POST, and tells who asks for it what it has in its environment."""

import json
import os
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RELEASE, URL, TOKEN = (os.environ["BLUEGREEN_" + name] for name in ("RELEASE", "EVENTS_URL", "EVENTS_TOKEN"))
print("my token is", TOKEN, flush=True)


def report(name):
    body = json.dumps({"events": [{"name": name}]}).encode()
    request = urllib.request.Request(URL, body, {"Authorization": "Bearer " + TOKEN})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return None


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer({"release": RELEASE, "url": URL, "token": TOKEN})

    def do_POST(self):
        self.answer({"release": RELEASE, "reported": report("purchase")})

    def answer(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
'''


class Till:
    """An application that reports."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self._releases = folder, free_port(), 0
        folder.mkdir()
        (folder / "server.py").write_text(SERVER)
        file = {
            "app": "till",
            "address": f"127.0.0.1:{self.port}",
            "components": {
                "web": {"run": f"exec {PYTHON} -S server.py $PORT", "receives": "/", "ready": {"http": "/"}},
                "model": {"run": "env; exec sleep 86400", "shared": True},
            },
            "hooks": {"before_start": "env"},
            "verify": [{"http": "/"}, {"run": "! env | grep BLUEGREEN_EVENTS"}],
            "switch": {"drain": "1s"},
            "watch": "off",
        }
        (folder / "bluegreen.yaml").write_text(yaml.safe_dump(file, sort_keys=False))

    def change(self) -> None:
        self._releases += 1
        (self.folder / "release").write_text(str(self._releases))

    def ask(self, method: str = "GET", at: str | None = None, **headers: str) -> Json:
        request = urllib.request.Request(f"http://{at or f'127.0.0.1:{self.port}'}/", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            found: Json = json.loads(answer.read())
            return found


@pytest.fixture
def till(tmp_path: Path) -> Till:
    return Till(tmp_path / "till")


def post(url: str, token: str, events: Json) -> tuple[int, Json]:
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, json.dumps(events).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def test_each_release_reports_as_itself_and_its_token_is_shown_nowhere(controller: Controller, till: Till) -> None:
    controller.deploy(till.folder)
    assert till.ask("POST") == {"release": "r1", "reported": 202}
    till.change()
    controller.deploy(till.folder)
    assert till.ask("POST") == {"release": "r2", "reported": 202}
    preview = controller.client.preview("till")
    assert (preview["release"], preview["ready"], preview["state"]) == ("r1", True, "standby")
    assert till.ask("POST", preview["address"]) == {"release": "r1", "reported": 202}

    tokens = [till.ask()["token"], till.ask(at=preview["address"])["token"]]
    assert tokens[0] != tokens[1]
    for color in ("blue", "green"):
        lines = list(controller.client.logs("till", component="web", place=color, lines=100, follow=False))
        assert any(line.endswith("my token is ***") for line in lines), lines
    shared = list(controller.client.logs("till", component="model", place="shared", lines=1000, follow=False))
    hooks = (controller.home / "apps/till/logs/hooks.log").read_text()
    assert "BLUEGREEN_APP=till" in hooks
    assert "BLUEGREEN_EVENTS" not in hooks + "".join(shared)
    everything = json.dumps([controller.events("till"), controller.status("till")])
    with closing(sqlite3.connect(controller.home / "journal.db")) as database:
        everything += "\n".join(database.iterdump())
    assert "till" in everything
    for secret in (*tokens, preview["header"]["value"]):
        assert secret not in everything
        assert secret not in controller.log()


def test_forged_and_old_tokens_are_refused_and_a_new_controller_knows_the_others(
    controller: Controller, till: Till
) -> None:
    controller.deploy(till.folder)
    known, purchase = till.ask(), {"events": [{"name": "purchase"}]}
    url, token = known["url"], known["token"]
    status, refused = post(url, token.replace("till.blue.r1.1", "till.green.r2.2"), purchase)
    assert (status, refused["what"]) == (403, "The token is not one of this controller's.")
    status, refused = post(url.replace("/till/", "/other/"), token, purchase)
    assert (status, refused["what"]) == (403, "The token is not one of other's.")

    controller.kill()
    assert till.ask("POST") == {"release": "r1", "reported": None}  # it serves all the same
    controller.start()
    wait_for(lambda: till.ask("POST")["reported"] == 202, "the application reports again, at the same port")
    assert till.ask() == known

    for _ in range(2):  # the second one takes the environment of the first release
        till.change()
        controller.deploy(till.folder)
    status, refused = post(url, token, purchase)
    assert (status, refused["what"]) == (403, "The token is one of a run that does not exist any more: r1 in blue.")
