"""The command line against a real controller, real processes and a real proxy."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluegreen.client import Client
from tests.cli.run import Ran, run
from tests.ports import free_port

WEB = """\
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = os.environ["BLUEGREEN_RELEASE"].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

print("greetings from", os.environ["BLUEGREEN_RELEASE"], flush=True)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


class Tiny:
    """An application of one small server, with a home and a port of its own."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home
        self.folder = folder
        self.address = f"127.0.0.1:{free_port()}"
        (folder / "web.py").write_text(WEB)
        self.describe()

    def describe(self, **more: str) -> None:
        keys = {"verify": "[{http: /}]", "switch": "{drain: 2s}", "watch": "off"} | more
        rest = "".join(f"{key}: {value}\n" for key, value in keys.items())
        web = "{run: exec python3 web.py, ready: {http: /, within: 20s}, receives: /, stop: {within: 5s}}"
        file = f"app: tiny\naddress: {self.address}\ncomponents:\n  web: {web}\n{rest}"
        (self.folder / "bluegreen.yaml").write_text(file)

    def __call__(self, *arguments: str) -> Ran:
        return run(*arguments, cwd=self.folder, env={"BLUEGREEN_HOME": str(self.home)}, within=90)

    def json(self, *arguments: str) -> tuple[int, dict[str, object]]:
        ran = self(*arguments, "--json")
        return ran.code, json.loads(ran.out)

    def get(self) -> str:
        with urllib.request.urlopen(f"http://{self.address}/", timeout=10) as answer:
            return str(answer.read().decode())


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Tiny]:
    with tempfile.TemporaryDirectory(prefix="bg-", ignore_cleanup_errors=True) as home:
        app = Tiny(Path(home), tmp_path)
        yield app
        if not Client(app.home).running():  # what a killed one left serving has to be ended as well
            _serve(app)
        assert app("stop", "--all", "--yes").code == 0


def _serve(tiny: Tiny) -> subprocess.Popen[bytes]:
    with (tiny.home / "controller.log").open("ab") as log:
        command = [sys.executable, "-m", "bluegreen", "serve", "--home", str(tiny.home)]
        served = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    while not Client(tiny.home).running():
        assert served.poll() is None, (tiny.home / "controller.log").read_text()
        time.sleep(0.02)
    return served


def test_the_whole_loop(tiny: Tiny) -> None:
    first = tiny("deploy", "-m", "first")
    assert first.code == 0, first.out + first.err
    assert "started a controller in the background" in first.err
    assert f"tiny: r1 is live in blue: http://{tiny.address}" in first.out
    assert tiny.get() == "r1"

    (tiny.folder / "more.txt").write_text("second")
    code, second = tiny.json("deploy")
    assert (code, second["result"], second["release"]) == (0, "completed", "r2")
    assert tiny.get() == "r2"
    _, status = tiny.json("status")
    assert (status["live"], status["deployment"]) == ("green", None)
    assert status["next"]["rollback"].items() >= {"release": "r1", "instant": True}.items()  # type: ignore[index]

    back = tiny("rollback")
    assert back.code == 0
    assert back.out.startswith("back on r1 (blue) in ")
    assert tiny.get() == "r1"
    assert "Already back on r1" in tiny("rollback").out

    forward = tiny("rollback", "--to", "r2")
    assert forward.code == 0, forward.err
    assert tiny.get() == "r2"

    assert tiny("lock", "sale").code == 0
    refused = tiny("deploy")
    assert refused.code == 3
    assert "sale" in refused.err
    assert tiny("unlock").code == 0

    assert "greetings from r2" in tiny("logs").out
    assert "greetings from r1" in tiny("logs", "web", "--color", "blue").out
    assert tiny("history").out.count("completed") == 4
    code, shown = tiny.json("show", "2")
    assert (code, shown["result"]) == (0, "completed")
    assert "✓ http /" in tiny("show", "2").out
    assert "deployment 2: r2 goes to green" in tiny("events").out
    assert tiny("doctor").code == 0

    down = tiny("down", "--yes")
    assert (down.code, down.out) == (0, "tiny is down\n")
    with pytest.raises(urllib.error.URLError):
        tiny.get()


def test_what_fails_is_seen_by_nobody(tiny: Tiny) -> None:
    assert tiny("deploy").code == 0
    tiny.describe(verify="[{http: /}, {run: 'echo not good; exit 3'}]")
    failed = tiny("deploy")
    assert failed.code == 1
    assert "✗ echo not good; exit 3" in failed.out
    assert "tiny: failed: Check `echo not good; exit 3`" in failed.out
    (tiny.folder / "web.py").write_text("raise SystemExit('no such lamp')")
    tiny.describe()
    broken = tiny("deploy")
    assert broken.code == 1
    assert "no such lamp" in broken.out
    assert tiny.get() == "r1"


def test_approval_and_abort(tiny: Tiny) -> None:
    tiny.describe(approve="by hand")
    code, _ = tiny.json("deploy", "--no-wait")
    assert code == 0
    _wait_for_phase(tiny, "awaiting approval")
    assert "bluegreen approve 1" in tiny("status").out
    assert tiny("approve").code == 0
    _wait_for_phase(tiny, None)
    assert tiny.get() == "r1"

    (tiny.folder / "more.txt").write_text("second")
    assert tiny("deploy", "--no-wait").code == 0
    _wait_for_phase(tiny, "awaiting approval")
    assert tiny("deploy").code == 3  # another one is under way
    assert tiny("abort").code == 0
    _wait_for_phase(tiny, None)
    _, ended = tiny.json("show", "2")
    assert ended["result"] == "aborted"
    assert tiny.get() == "r1"


def _wait_for_phase(tiny: Tiny, phase: str | None) -> None:
    client = Client(tiny.home)
    while ((client.status("tiny")["deployment"] or {}).get("phase")) != phase:
        time.sleep(0.05)


def test_a_controller_that_is_killed_is_waited_for(tiny: Tiny) -> None:
    assert tiny("deploy").code == 0
    go = tiny.home / "go"
    tiny.describe(verify=f"[{{run: 'until test -e {go}; do sleep 0.1; done'}}]")
    environ = {k: v for k, v in os.environ.items() if k != "CI"} | {"BLUEGREEN_HOME": str(tiny.home)}
    command = [sys.executable, "-m", "bluegreen", "deploy"]
    deploy = subprocess.Popen(command, cwd=tiny.folder, env=environ, stdout=subprocess.PIPE, text=True)
    assert deploy.stdout is not None
    lines = iter(deploy.stdout.readline, "")
    assert any("verifying" in line for line in lines)

    os.kill(Client(tiny.home).controller()["pid"], signal.SIGKILL)
    assert any("does not answer" in line for line in lines)
    assert tiny.get() == "r1"
    assert tiny("status").code == 5
    _serve(tiny)
    go.touch()
    assert any("the controller is back" in line for line in lines)
    rest = "".join(lines)
    assert deploy.wait() == 0, rest
    assert "tiny: r2 is live in green" in rest
    assert tiny.get() == "r2"


def test_a_rollback_starts_a_controller_where_one_was(tiny: Tiny) -> None:
    assert tiny("deploy").code == 0
    tiny.describe(keep="2h")
    assert tiny("deploy").code == 0
    os.kill(Client(tiny.home).controller()["pid"], signal.SIGKILL)
    back = tiny("rollback")
    assert (back.code, tiny.get()) == (0, "r1"), back
    assert "started a controller" in back.err


def test_ctrl_c_leaves_the_deployment_to_the_controller(tiny: Tiny) -> None:
    tiny.describe(approve="by hand")
    environ = {k: v for k, v in os.environ.items() if k != "CI"} | {"BLUEGREEN_HOME": str(tiny.home)}
    command = [sys.executable, "-m", "bluegreen", "deploy"]
    with subprocess.Popen(
        command, cwd=tiny.folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as deploy:
        assert deploy.stdout is not None
        assert deploy.stderr is not None
        assert any("awaiting approval" in line for line in iter(deploy.stdout.readline, ""))
        deploy.send_signal(signal.SIGINT)
        said = deploy.stderr.read()
        assert deploy.wait() == 5
    assert "Deployment 1 goes on without this command." in said
    assert Client(tiny.home).status("tiny")["deployment"]["phase"] == "awaiting approval"


def test_stopping_the_controller_stops_no_application(tiny: Tiny) -> None:
    assert tiny("deploy").code == 0
    stopped = tiny("stop")
    assert stopped.code == 0
    assert "applications go on serving" in stopped.out
    assert tiny.get() == "r1"
    assert tiny("status").code == 5
    again = tiny("deploy")  # starts another one, which takes over what runs
    assert again.code == 0, again.err
    assert "started a controller" in again.err


def test_a_second_controller_is_refused(tiny: Tiny) -> None:
    _serve(tiny)
    second = tiny("serve")
    assert second.code == 3
    assert "Another controller has" in second.err


def test_a_controller_that_cannot_start_says_why(tiny: Tiny) -> None:
    (tiny.home / "journal.db").mkdir()
    try:
        ran = tiny("deploy")
        assert ran.code == 1
        assert "The controller ended at once" in ran.err
        assert "Traceback" not in ran.err.splitlines()[0]
    finally:
        (tiny.home / "journal.db").rmdir()


def test_init_and_deploy(tiny: Tiny) -> None:
    (tiny.folder / "bluegreen.yaml").unlink()
    (tiny.folder / "Procfile").write_text("web: exec python3 web.py\n")
    assert tiny("init").code == 0
    text = (tiny.folder / "bluegreen.yaml").read_text()
    (tiny.folder / "bluegreen.yaml").write_text(text.replace("127.0.0.1:8080", tiny.address))
    assert "exists already" in tiny("init").err
    deployed = tiny("deploy")
    assert deployed.code == 0, deployed.out + deployed.err
    assert tiny.get() == "r1"
