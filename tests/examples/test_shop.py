"""The shop, run by hand as its README says: what it answers, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import psutil
import pytest
from tests.ports import free_port

from bluegreen.cli.examples import example_folder
from bluegreen.cli.load import Load, Plan, Result
from bluegreen.core.errors import NotFound

SHOP = example_folder("shop")


class Component:
    """One process of the shop."""

    def __init__(self, module: str, *arguments: str, env: Mapping[str, str], folder: Path = SHOP) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"shop.{module}", *arguments],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **env},
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Signal it and return its exit status and what it wrote to stderr."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=10)
        return self.process.returncode, errors

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


class Server(Component):
    def __init__(self, module: str, folder: Path = SHOP, **env: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__(module, "--port", str(self.port), env=env, folder=folder)
        until(lambda: get(self.url + "/healthz")[0] == 200)


def until(condition: Callable[[], object], within: float = 10) -> None:
    """Wait until the condition holds; it may raise OSError meanwhile."""
    end = time.monotonic() + within
    while True:
        try:
            if condition():
                return
        except OSError:
            pass
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.01)


def get(url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes, str]:
    """Status, body and release."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
            return answer.status, answer.read(), answer.headers["x-release"]
    except urllib.error.HTTPError as error:
        return error.code, error.read(), error.headers["x-release"]


def raw(port: int, request: bytes) -> bytes:
    """Everything that comes back on a connection that is then closed from our side."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture(scope="module")
def ranker() -> Iterator[Server]:
    with Server("ranker") as found:
        yield found


@pytest.fixture(scope="module")
def web(ranker: Server) -> Iterator[Server]:
    with Server("web", RANKER_URL=ranker.url, BLUEGREEN_RELEASE="r7", BLUEGREEN_COLOR="green") as found:
        yield found


def test_items_come_in_the_rankers_order_and_name_their_release(web: Server) -> None:
    status, body, release = get(web.url + "/api/items")
    value = json.loads(body)
    assert (status, release) == (200, "r7")
    assert {key: value[key] for key in ("release", "color", "count")} == {"release": "r7", "color": "green", "count": 3}
    assert [item["price"] for item in value["items"]] == [12, 39, 89]


def test_the_page_shows_release_and_color(web: Server) -> None:
    _, body, _ = get(web.url + "/")
    assert b'<b id="release">r7</b> on <b id="color">green</b>' in body
    assert b"desk lamp" in body


@pytest.mark.parametrize(
    ("request_line", "status"),
    [("GET /nothing", 404), ("POST /api/items", 405), ("GET /api/slow?seconds=nan", 400), ("GET /ws", 426)],
)
def test_what_cannot_be_answered_gets_its_status(web: Server, request_line: str, status: int) -> None:
    answer = raw(web.port, f"{request_line} HTTP/1.1\r\nhost: shop\r\n\r\n".encode())
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"POST /api/echo HTTP/1.1\r\ncontent-length: -1\r\n\r\n", 400),
        (b"POST /api/echo HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n", 413),
        (b"POST /api/echo HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /api/echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n", 400),
        (b"POST /api/echo HTTP/1.1\r\ncontent-length: 5\r\n\r\nhal", 400),
        (b"GET / HTTP/1.1\r\nx: " + b"y" * 70000 + b"\r\n\r\n", 431),
    ],
)
def test_a_malformed_request_is_refused_and_its_connection_closed(
    web: Server, request_bytes: bytes, status: int
) -> None:
    answer = raw(web.port, request_bytes)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"connection: close" in answer


def test_bodies_in_chunks_come_back_and_the_connection_goes_on(web: Server) -> None:
    post = b"POST /api/echo HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=1\r\nde\r\n0\r\nt: 1\r\n\r\n"
    answers = raw(web.port, post + b"HEAD / HTTP/1.1\r\n\r\n" + b"GET /healthz HTTP/1.1\r\n\r\n")
    assert answers.count(b"HTTP/1.1 200 OK") == 3
    assert b"\r\n\r\nabcdeHTTP/1.1 200 OK" in answers
    assert answers.endswith(b"\r\n\r\nok\n")
    assert b"<html" not in answers


def test_every_kind_of_request_stands_a_load(web: Server) -> None:
    plan = Plan(
        web.url,
        gets=("/", "/api/items"),
        posts=("/api/echo",),
        events=("/events",),
        sockets=("/ws",),
        rate=400,
        fresh=0.1,
        body=20_000,
    )

    async def scenario() -> Result:
        load = Load(plan)
        load.start()
        while len(load.record) < 400:
            await asyncio.sleep(0.01)
        return await load.stop()

    result = asyncio.run(scenario())
    assert (result.failed, result.failures) == (0, ())
    assert [(served.release, served.color) for served in result.served] == [("r7", "green")]
    for stream in result.streams:
        assert (stream.cuts, stream.gaps, stream.refused, stream.opened) == (0, 0, 0, 1)
        assert stream.messages > 2


def test_its_smoke_test_passes_on_it_and_fails_without_a_ranker(web: Server) -> None:
    def smoke(url: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "smoke/smoke.py"]
        return subprocess.run(
            command, cwd=SHOP, env={"BLUEGREEN_URL": url}, capture_output=True, text=True, check=False
        )

    assert smoke(web.url).returncode == 0
    with Server("web", RANKER_URL=f"http://127.0.0.1:{free_port()}") as lonely:
        failed = smoke(lonely.url)
        assert failed.returncode == 1
        assert "FAILED  items are for sale" in failed.stdout
        assert get(lonely.url + "/api/items")[0] == 503


def test_items_go_on_when_the_ranker_was_started_again() -> None:
    with Server("ranker") as first, Server("web", RANKER_URL=first.url) as web:
        assert get(web.url + "/api/items")[0] == 200
        first.end()
        with Component("ranker", "--port", str(first.port), env={}):
            until(lambda: get(first.url + "/healthz")[0] == 200)
            assert get(web.url + "/api/items")[0] == 200


def test_term_finishes_the_requests_under_way_and_ends_streams(ranker: Server) -> None:
    with Server("web", RANKER_URL=ranker.url) as web, ThreadPoolExecutor() as pool:
        slow = pool.submit(get, web.url + "/api/slow?seconds=1")
        stream = urllib.request.urlopen(web.url + "/events", timeout=10)
        assert stream.readline() == b"id: 0\n"
        idle = socket.create_connection(("127.0.0.1", web.port), timeout=10)
        until(lambda: not slow.running() or len(connections(web)) >= 3)
        status, errors = web.end()
        assert slow.result()[0] == 200
        assert (status, errors) == (0, "")
        stream.read()  # ends with the last chunk, or raises IncompleteRead
        assert idle.recv(1) == b""
        idle.close()


def connections(server: Server) -> list[object]:
    found = psutil.Process(server.process.pid).net_connections("tcp")
    return [each for each in found if each.status == psutil.CONN_ESTABLISHED]


def test_a_catalogue_cut_off_in_the_middle_ends_web_with_a_traceback(tmp_path: Path) -> None:
    broken = shutil.copytree(SHOP, tmp_path / "shop")
    text = (broken / "catalogue.json").read_text(encoding="utf-8")
    (broken / "catalogue.json").write_text(text[: len(text) // 2], encoding="utf-8")
    with Component("web", "--port", str(free_port()), env={}, folder=broken) as web:
        _, errors = web.process.communicate(timeout=10)
        assert web.process.returncode == 1
        assert "JSONDecodeError" in errors


def test_a_release_becomes_slow_after_as_many_requests_as_its_catalogue_says(ranker: Server, tmp_path: Path) -> None:
    tiring = shutil.copytree(SHOP, tmp_path / "shop")
    catalogue = json.loads((tiring / "catalogue.json").read_text(encoding="utf-8"))
    (tiring / "catalogue.json").write_text(json.dumps(catalogue | {"slow_after": 3}), encoding="utf-8")
    with Server("web", folder=tiring, RANKER_URL=ranker.url) as web:
        took = {}
        for number, path in enumerate(("/", "/api/items", "/healthz", "/", "/api/items", "/", "/healthz")):
            began = time.monotonic()
            assert get(web.url + path)[0] == 200
            took[number] = time.monotonic() - began
    assert min(took[4], took[5]) >= 0.15
    assert min(took[n] for n in (0, 1, 3)) < 0.15
    assert min(took[n] for n in (2, 6)) < 0.15  # readiness is no matter of users


def test_the_worker_keeps_a_ledger_and_a_second_one_is_caught(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"

    def worker(release: str, color: str) -> Component:
        env = {"SHOP_DATA": str(tmp_path), "BLUEGREEN_RELEASE": release, "BLUEGREEN_COLOR": color}
        return Component("worker", env=env)

    with worker("r1", "blue") as first:
        until(ledger.exists)
        with worker("r2", "green") as second:
            assert second.process.wait(10) == 1
            assert first.end() == (0, "")
            blue, green = f"r1 blue {first.process.pid}", f"r2 green {second.process.pid}"
    assert ledger.read_text().splitlines() == [f"start {blue}", f"overlap {green}", f"stop {blue}"]


def test_a_worker_that_was_killed_leaves_the_lock_to_the_next(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    for starts in (1, 2):
        with Component("worker", env={"SHOP_DATA": str(tmp_path)}) as worker:
            until(lambda: ledger.read_text().count("start") == starts)  # noqa: B023
            worker.end(signal.SIGKILL)
    assert "overlap" not in ledger.read_text()


def test_an_example_that_is_not_there_is_said_so() -> None:
    with pytest.raises(NotFound, match="the example shoe is not part of this installation"):
        example_folder("shoe")
