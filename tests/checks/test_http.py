"""What an HTTP check says of every kind of answer."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from bluegreen.checks.base import Finding, Target
from bluegreen.checks.http import HttpChecker
from bluegreen.core.spec import HttpCheck
from bluegreen.core.verdict import Verdict
from tests.checks.serving import Handler, Server, cut, drip, flood, hang_in_the_body, serving, text


def check(url: str, path: str, host: str | None = None, secrets: tuple[str, ...] = (), **wanted: Any) -> Finding:
    target = Target(url, host, "/", {}, secrets)
    return asyncio.run(HttpChecker().run(HttpCheck(path, **{"within": 10.0, **wanted}), target))


def test_status() -> None:
    with serving(ok=text("fine"), broken=text("stack trace", 500)) as server:
        allowed = check(server.url, "/ok")
        assert allowed.verdict is Verdict.ALLOW
        assert allowed.evidence == {"attempt": 1, "status": 200, "headers": {}, "body": "fine"}
        assert check(server.url, "/broken", status=500).verdict is Verdict.ALLOW
        blocked = check(server.url, "/broken")
        assert blocked.verdict is Verdict.BLOCK
        assert blocked.reason == "status: expected 200, got 500"
        assert blocked.evidence["body"] == "stack trace"


def test_redirects_are_not_followed() -> None:
    with serving(old=text("", 302, Location="/new"), new=text("")) as server:
        assert "got 302 (to /new" in check(server.url, "/old").reason
        assert check(server.url, "/old", status=302).verdict is Verdict.ALLOW
        assert {path for _, path, _ in server.seen} == {"/old"}


def test_headers() -> None:
    with serving(ok=text("", Cache_Control="no-store", X_Other="1")) as server:
        found = check(server.url, "/ok", headers={"cache-control": "no-store"})
        assert found.verdict is Verdict.ALLOW
        assert found.evidence["headers"] == {"cache-control": "no-store"}
        other = check(server.url, "/ok", headers={"Cache-Control": "public"})
        assert other.reason == "header Cache-Control: expected 'public', got 'no-store'"
        assert check(server.url, "/ok", headers={"X-None": "1"}).reason == "header X-None: expected '1', it is missing"


def test_json() -> None:
    items = {"count": 3, "items": [{"id": 1, "name": "a"}]}
    deep = "[" * 100_000
    with serving(items=text(json.dumps(items)), text=text("hello"), deep=text(deep)) as server:
        assert check(server.url, "/items", json={"count": 3, "items": [{"id": 1}]}).verdict is Verdict.ALLOW
        assert check(server.url, "/items", json={"count": 4}).reason == "$.count: expected 4, got 3"
        for path in ("/text", "/deep"):
            assert check(server.url, path, json={}).reason.startswith("body: expected JSON")


def test_matches() -> None:
    with serving(ok=text("version 12\nready")) as server:
        for found in (r"version \d+$(?m:)", "ready", r"(?m)^version \d+$"):
            assert (check(server.url, "/ok", matches=found).verdict is Verdict.ALLOW) == ("$(?m:)" not in found)
        assert "is not found in its 16 bytes" in check(server.url, "/ok", matches="broken").reason
        assert check(server.url, "/ok", matches="(").verdict is Verdict.CANNOT_TELL


def test_an_expression_that_would_take_for_ever_ends_in_time() -> None:
    async def scenario(server: Server) -> tuple[Finding, int]:
        wanted = HttpCheck("/ok", matches="(a+)+$", within=0.5)
        task = asyncio.create_task(HttpChecker().run(wanted, Target(server.url, None, "/", {})))
        turns = 0
        while not task.done():
            await asyncio.sleep(0.01)
            turns += 1
        return task.result(), turns

    with serving(ok=text("a" * 40 + "b")) as server:
        finding, turns = asyncio.run(scenario(server))
    assert finding.verdict is Verdict.BLOCK
    assert finding.reason == "the expression was still being searched for within 0.5 s"
    assert turns > 10


def test_times_in_a_row_must_all_pass() -> None:
    count = iter(range(100))

    def third_fails(handler: Handler) -> None:
        handler.answer(503 if next(count) == 2 else 200)

    with serving(ok=text(""), flaky=third_fails) as server:
        assert check(server.url, "/ok", times=5).verdict is Verdict.ALLOW
        assert len(server.seen) == 5
        flaky = check(server.url, "/flaky", times=5)
        assert flaky.verdict is Verdict.BLOCK
        assert flaky.evidence["attempt"] == 3
        assert len(server.seen) == 8


@pytest.mark.parametrize("answer", [hang_in_the_body, drip])
def test_within_covers_the_whole_answer(answer: Any) -> None:
    with serving(slow=answer) as server:
        finding = check(server.url, "/slow", within=0.3)
    assert finding.verdict is Verdict.BLOCK
    assert finding.reason == "the answer did not end within 0.3 s"
    assert finding.evidence["status"] == 200
    assert finding.evidence["body"]


def test_within_is_per_request() -> None:
    def slow(handler: Handler) -> None:
        handler.server.ended.wait(0.2)
        handler.answer()

    with serving(slow=slow) as server:
        assert check(server.url, "/slow", within=1.0, times=6).verdict is Verdict.ALLOW


def test_a_port_that_accepts_and_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert check(url, "/", within=0.2).reason == "no answer began within 0.2 s"


def test_a_flood_is_read_to_a_bound() -> None:
    with serving(flood=flood) as server:
        finding = check(server.url, "/flood", matches="flood")
        assert finding.verdict is Verdict.ALLOW
        assert len(finding.evidence["body"]) < 600
        assert check(server.url, "/flood", json={"a": 1}).verdict is Verdict.BLOCK


def test_half_an_answer_and_no_http_at_all() -> None:
    with serving(cut=cut) as server:
        assert "failed" in check(server.url, "/cut").reason
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            connection, _ = listener.accept()
            connection.recv(1000)
            connection.sendall(b"220 mail.example.com ESMTP\r\n")
            connection.close()

        thread = threading.Thread(target=speak)
        thread.start()
        finding = check(f"http://127.0.0.1:{listener.getsockname()[1]}", "/")
        thread.join()
    assert finding.verdict is Verdict.BLOCK


def test_the_request_is_as_the_file_says() -> None:
    with serving(ok=text("")) as server:
        check(server.url, "/ok", host="shop.example.com", method="POST")
        check(server.url, "/ok")
        (method, _, headers), (_, _, plain) = server.seen
    assert (method, headers["host"]) == ("POST", "shop.example.com")
    assert plain["host"] == server.url.removeprefix("http://")
    assert headers["accept-encoding"] == "identity"


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    with serving(ok=text("")) as server:
        assert check(server.url, "/ok").verdict is Verdict.ALLOW


def test_secrets_are_masked_before_anything_is_cut() -> None:
    secret = "hunter2-hunter2"
    body = "x" * 490 + secret + "<- here"
    with serving(leak=text(body, X_Key=secret), json=text(json.dumps({"key": secret}))) as server:
        leak = check(server.url, "/leak", secrets=(secret,), headers={"X-Key": "other"}, matches="nothing")
        other = check(server.url, "/json", secrets=(secret,), json={"key": "?"})
    for finding in (leak, other):
        assert finding.verdict is Verdict.BLOCK
        assert "hunter2" not in json.dumps([finding.reason, finding.evidence])
    assert leak.evidence["headers"] == {"X-Key": "***"}
    assert other.reason == '$.key: expected "?", got "***"'


def test_what_cannot_be_asked_cannot_be_told() -> None:
    assert check("nonsense://127.0.0.1", "/").verdict is Verdict.CANNOT_TELL
    assert check("http://127.0.0.1:99999999", "/").verdict is Verdict.CANNOT_TELL
    with serving(ok=text("")) as server:
        assert check(server.url, "/ok", host="two\r\nlines").verdict is Verdict.CANNOT_TELL
        assert server.seen == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl, which makes the certificate, is not installed")
def test_https_on_loopback_needs_no_known_certificate(tmp_path: Path) -> None:
    key, cert = tmp_path / "key", tmp_path / "cert"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1")
    subprocess.run(
        ["openssl", "req", "-x509", *curve, "-nodes", "-subj", "/CN=shop.example.com", "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )
    asked: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with serving(ok=text("")) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = server.url.replace("http:", "https:")
        assert check(url, "/ok", host="shop.example.com").verdict is Verdict.ALLOW
    assert asked == ["shop.example.com"]
