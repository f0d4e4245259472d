"""`bluegreen token`, `audit`, `open` and `serve --listen` against a real controller, and what it leaves on its disk."""

from __future__ import annotations

import json
import os
import signal
import ssl
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.certificate import certify
from tests.cli.run import Cli, run
from tests.e2e.controller import Controller, free_port, wait_for


@pytest.fixture(scope="module")
def running() -> Iterator[Controller]:
    controller = Controller()
    controller.start()
    yield controller
    controller.close()


@pytest.fixture
def real(running: Controller, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    monkeypatch.delenv("CI", raising=False)
    return Cli(running.home, monkeypatch, capsys)


def ask(url: str, token: str, context: ssl.SSLContext | None = None) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=20, context=context) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def dashboard(controller: Controller) -> str:
    def port() -> Any:
        file = controller.home / "ports.json"
        return file.exists() and json.loads(file.read_text())["taken"].get("dashboard")

    return f"http://127.0.0.1:{wait_for(port, 'the dashboard has a port')}"


def test_a_token_from_the_first_day_to_the_last(real: Cli, running: Controller) -> None:
    made = real("token", "create", "ada", "--role", "deployer", "--role", "viewer", "--app", "shop", "--app", "blog")
    assert made.code == 0, made.err
    token = made.out.strip()
    assert token.startswith("bgt_")
    assert token not in made.err
    assert "deployer on shop, deployer on blog, viewer on shop, viewer on blog" in made.err
    me = wait_for(lambda: ask(f"{dashboard(running)}/v1/me", token), "the dashboard answers")
    assert me[1]["name"] == "ada"
    (listed,) = [line for line in real("token", "list").out.splitlines() if " ada " in line]
    assert "used" in listed
    id = listed.split()[0]
    revoked = real("token", "revoke", id)
    assert (revoked.code, "revoked" in revoked.out) == (0, True)
    assert ask(f"{dashboard(running)}/v1/me", token)[0] == 401
    assert "revoked" in real("token", "list").out
    trail = real("audit", "--refused", "-n", "1")
    assert "GET /v1/me  refused (401)" in trail.out


def test_the_application_before_the_command_bounds_the_token(real: Cli) -> None:
    made = json.loads(real("--app", "shop", "token", "create", "eve", "--role", "viewer", "--json").out)
    assert made["grants"] == [{"role": "viewer", "app": "shop"}]
    for_all = json.loads(real("token", "create", "eve", "--role", "viewer", "--expires", "never", "--json").out)
    assert (for_all["grants"], for_all["expires"]) == ([{"role": "viewer", "app": None}], None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["token", "create", "x"], "--role"),
        (["token", "create", "x", "--role", "root"], "root"),
        (["token", "create", "x", "--role", "viewer", "--expires", "soon"], "not a time"),
        (["token", "create", "x", "--role", "viewer", "--expires", "2020-01-01"], "over already"),
        (["token", "create", "a:b", "--role", "viewer"], "name"),
        (["token", "revoke", "000000000000"], "no token"),
    ],
)
def test_wrong_usage(real: Cli, arguments: list[str], said: str) -> None:
    ran = real(*arguments)
    assert ran.code == 2
    assert said in ran.err


def test_the_trail_for_people_and_for_scripts(real: Cli) -> None:
    real("token", "create", "carol", "--role", "viewer", "--app", "shop")
    assert "POST /v1/tokens  accepted: token" in real("audit", "-n", "1").out
    line = json.loads(real("audit", "--json", "-n", "1").out)
    assert (line["operation"], line["from"], line["via"]) == ("create_token", "socket", "socket")
    assert real("audit", "--app", "nosuch").out == ""
    assert line["who"] in real("audit", "--who", line["who"], "-n", "1").out


def test_a_printed_link_logs_in(real: Cli, running: Controller) -> None:
    link = real("open", "--print").out.strip()
    base, _, code = link.partition("/#code=")
    assert base == dashboard(running)
    body = json.dumps({"code": code}).encode()
    request = urllib.request.Request(f"{base}/v1/session", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        session = json.loads(answer.read())["session"]
    assert ask(f"{base}/v1/me", session)[1]["via"] == "session"


def test_the_browser_gets_the_link_in_a_file_of_ours(real: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: not opened.append(url))
    ran = real("open")
    assert ran.code == 0, ran.err
    assert "code=" not in ran.out
    page = Path(opened[0].removeprefix("file://"))
    assert "#code=bgc_" in page.read_text()
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    page.unlink()
    monkeypatch.setattr("webbrowser.open", lambda url: False)
    assert real("open").code == 1


def test_a_controller_beyond_loopback(tmp_path: Path) -> None:
    cert, key = certify(tmp_path)
    controller = Controller()
    (controller.home / "controller.yaml").write_text("url: https://deploy.example.com:8443\n")
    port = free_port()
    flags = ["--listen", f"0.0.0.0:{port}", "--tls-cert", str(cert), "--tls-key", str(key)]
    log = (controller.home / "controller.log").open("ab")
    command = [sys.executable, "-m", "bluegreen", "--home", str(controller.home), "serve", *flags]
    controller.process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(controller.client.running, "the controller answers")
        token = controller.client.create_token(name="ada", grants=[{"role": "viewer"}])["token"]
        trust = ssl.create_default_context(cafile=str(cert))

        def answered() -> Any:
            try:
                return ask(f"https://127.0.0.1:{port}/v1/me", token, trust)
            except OSError:
                return None

        assert wait_for(answered, "TLS is served")[0] == 200
        shown = run("--home", str(controller.home), "doctor", cwd=tmp_path).out
        assert "other users of this machine can read it" in shown
        assert token.split("_", 2)[2] not in controller.log()
    finally:
        controller.process.send_signal(signal.SIGTERM)
        controller.process.wait(60)
        log.close()
        controller.close()


@pytest.mark.parametrize(
    ("file", "flags", "said"),
    [
        ("listen: 0.0.0.0:8443\n", [], "controller.yaml:1:9"),
        ("", ["--listen", "0.0.0.0:8443"], "needs TLS"),
        ("channels: {a: {apprise: $NOWHERE}}\n", [], "$NOWHERE"),
    ],
)
def test_a_controller_that_would_be_open_does_not_start(
    home: Path, tmp_path: Path, file: str, flags: list[str], said: str
) -> None:
    (home / "controller.yaml").write_text(file)
    ran = run("--home", str(home), "serve", *flags, cwd=tmp_path)
    assert ran.code == 2
    assert said in ran.err


def test_nothing_that_was_given_out_is_on_the_disk(real: Cli, running: Controller) -> None:
    token = real("token", "create", "dan", "--role", "admin").out.strip()
    base = dashboard(running)
    wait_for(lambda: ask(f"{base}/v1/me", token), "the dashboard answers")
    body = json.dumps({"token": token}).encode()
    request = urllib.request.Request(f"{base}/v1/session", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        session = json.loads(answer.read())["session"]
    ask(f"{base}/v1/apps/{token}", session)
    code = real("open", "--print").out.strip().partition("code=")[2]
    real("audit")
    time.sleep(0.5)  # what is written beside the answers
    secrets = [text.split("_", 2)[2].encode() for text in (token, session, code)]
    for folder, _, names in os.walk(running.home):
        for name in names:
            path = Path(folder, name)
            if path.is_file():
                content = path.read_bytes()
                assert not [secret for secret in secrets if secret in content], path
