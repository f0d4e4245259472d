"""A release is compared in the shadow of users' requests, before any user is led to it."""

from __future__ import annotations

import os
import signal
import socket
import urllib.request
from pathlib import Path

from tests.e2e.controller import Controller, Json, wait_for
from tests.e2e.prices_app import PricesApp


def finding(controller: Controller, number: int) -> Json:
    """The shadow check's own event."""
    events: list[Json] = controller.events()
    (found,) = [e for e in events if e["event"]["kind"] == "check finished" and e["event"]["deployment"] == number]
    return found


def mirrored(controller: Controller) -> bool:
    """Whether Envoy copies requests, by what it says itself."""
    with socket.socket(socket.AF_UNIX) as admin:
        admin.connect(str(controller.home / "envoy" / "admin.sock"))
        admin.sendall(b"GET /config_dump HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        said = b"".join(iter(lambda: admin.recv(1 << 16), b""))
    return b"request_mirror_policies" in said


def test_one_that_differs_is_stopped_and_users_see_nothing(controller: Controller, tmp_path: Path) -> None:
    app = PricesApp(tmp_path / "shop", **{"for": "10m"})
    assert controller.deploy(app.folder)["result"] == "completed"
    app.say(4)
    with app.load(posts=("/echo",)) as load:
        number = controller.send(app.folder)["deployment"]
        wait_for(lambda: mirrored(controller), "requests are copied")
        ended = controller.ended(number)
        assert not mirrored(controller)
        load.wait_for_requests(50)
        result = load.stop()
    assert ended["result"] == "failed"
    assert "r2 alone answered" in ended["reason"]
    evidence = finding(controller, number)["event"]["evidence"]
    assert evidence["examples"].splitlines()[0] == "GET /price: $.price: 3, now 4"
    assert result.failed == 0
    assert {served.release for served in result.served} == {"r1"}
    asked = [seen for seen in app.seen if seen.release == "r2"]
    assert {(seen.is_copy, seen.method) for seen in asked} == {(True, "GET")}, "POST is not safe to repeat"


def test_a_noisy_release_that_is_no_different_goes_live(controller: Controller, tmp_path: Path) -> None:
    app = PricesApp(tmp_path / "shop", **{"for": "8s", "must_find": "100%"})
    app.say(3, noise=0.2)
    assert controller.deploy(app.folder)["result"] == "completed"
    app.say(3, noise=0.2, version=2)
    with app.load() as load:
        ended = controller.deploy(app.folder)
        load.wait_for_requests(50)
        result = load.stop()
    assert ended["result"] == "completed", ended["reason"]
    evidence = finding(controller, ended["number"])["event"]["evidence"]
    assert evidence["live_only"] + evidence["both"] > 0
    assert result.failed == 0
    assert {served.release for served in result.served} == {"r1", "r2"}
    assert not mirrored(controller)


def ask(port: int, method: str = "GET", path: str = "/price", **headers: str) -> None:
    body = b"{}" if method == "POST" else None
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        answer.read()


def test_credentials_stay_with_the_live_release_and_posts_go_where_the_file_names_them(
    controller: Controller, tmp_path: Path
) -> None:
    app = PricesApp(tmp_path / "shop", **{"methods": ["GET", "POST"], "paths": ["/v1/chat", "/price"]})
    controller.deploy(app.folder)
    app.say(3, version=2)
    number = controller.send(app.folder)["deployment"]
    wait_for(lambda: mirrored(controller), "requests are copied")
    secret = {"authorization": "Bearer s3cret", "cookie": "session=s3cret", "x-api-key": "s3cret"}
    for method, path in (("GET", "/price"), ("POST", "/v1/chat/completions"), ("POST", "/v1/chatty"), ("GET", "/")):
        ask(app.port, method, path, **secret)
    expected = {("GET", "/price"), ("POST", "/v1/chat/completions")}

    def compared() -> bool:
        copies = [seen for seen in app.seen if seen.is_copy]
        return len(copies) == 3 * len(expected)

    wait_for(compared, "both releases were asked, the live one twice")
    copies = [seen for seen in app.seen if seen.is_copy]
    assert {(seen.method, seen.path) for seen in copies} == expected
    assert sorted(seen.release for seen in copies) == ["r1"] * 4 + ["r2"] * 2
    assert not any("s3cret" in value for seen in copies for value in seen.headers.values())
    users = [seen for seen in app.seen if not seen.is_copy and seen.path != "/healthz"]
    assert all(seen.release == "r1" for seen in users)
    assert [seen.headers["authorization"] for seen in users] == ["Bearer s3cret"] * 4
    controller.client.abort("shop", number)


def collector_of(controller: Controller) -> int:
    assert controller.process is not None

    def look() -> int | None:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                command = (folder / "cmdline").read_text()
            except (OSError, ValueError):
                continue
            if parent == controller.process.pid and "bluegreen.checks.shadow" in command:  # type: ignore[union-attr]
                return int(folder.name)
        return None

    found: int = wait_for(look, "the collector runs")
    return found


def test_users_notice_nothing_of_a_collector_that_is_stopped_or_killed(controller: Controller, tmp_path: Path) -> None:
    app = PricesApp(tmp_path / "shop", **{"for": "10m"})
    controller.deploy(app.folder)
    app.say(3, version=2)
    with app.load() as load:
        number = controller.send(app.folder)["deployment"]
        wait_for(lambda: mirrored(controller), "requests are copied")
        collector = collector_of(controller)
        os.kill(collector, signal.SIGSTOP)
        load.wait_for_requests(300)
        os.kill(collector, signal.SIGKILL)
        ended = controller.ended(number)
        load.wait_for_requests(50)
        result = load.stop()
    assert (ended["result"], "the collector" in ended["reason"]) == ("failed", True), ended["reason"]
    assert result.failed == 0
    assert not mirrored(controller)


def test_a_controller_that_is_killed_leaves_no_collector_and_begins_again(
    controller: Controller, tmp_path: Path
) -> None:
    app = PricesApp(tmp_path / "shop", **{"for": "5s", "must_find": "100%"})
    controller.deploy(app.folder)
    app.say(3, version=2)
    with app.load() as load:
        number = controller.send(app.folder)["deployment"]
        wait_for(lambda: mirrored(controller), "requests are copied")
        collector = collector_of(controller)
        controller.kill()
        wait_for(lambda: not Path(f"/proc/{collector}").exists(), "the collector has ended too")
        load.wait_for_requests(100)
        controller.start()
        ended = controller.ended(number)
        result = load.stop()
    assert ended["result"] == "completed", ended["reason"]
    assert result.failed == 0
    assert not mirrored(controller)


def test_an_abort_ends_the_copies(controller: Controller, tmp_path: Path) -> None:
    app = PricesApp(tmp_path / "shop", **{"for": "10m"})
    controller.deploy(app.folder)
    app.say(3, version=2)
    number = controller.send(app.folder)["deployment"]
    wait_for(lambda: mirrored(controller), "requests are copied")
    collector = collector_of(controller)
    controller.client.abort("shop", number)
    assert controller.ended(number)["result"] == "aborted"
    wait_for(lambda: not mirrored(controller), "requests are no longer copied")
    wait_for(lambda: not Path(f"/proc/{collector}").exists(), "the collector has ended")
