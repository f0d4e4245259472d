"""Copies of users' requests: which are copied, what they lack, and that no user notices whatever the collector does."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from envoy_setup import BLUE, GREEN, Connection, ask, eventually, load, running, shop
from tiny_upstream import Upstream, upstream

from bluegreen.core.model import Color, Route
from bluegreen.routers.base import Backend, Mirror, Paths, Routing
from bluegreen.routers.envoy.mirror import CONNECTIONS, WAITING
from bluegreen.routers.envoy.router import EnvoyRouter

KEY = "k3y-of-shop.~_0123456789"


async def prepared(router: EnvoyRouter, routing: Routing, mirror: Mirror | None) -> Routing:
    wanted = replace(routing, mirror=mirror)
    await router.prepare(wanted)
    if await router.route("shop") is None:
        await router.set_route("shop", Route(1, BLUE), None)
    return wanted


async def copied(collector: Upstream, *expected: str) -> None:
    """Wait for these copies, and see that no others have come."""

    async def come() -> bool:
        return len(collector.requests) >= len(expected)

    await eventually(come)
    await asyncio.sleep(0.1)
    assert sorted(collector.requests) == sorted(expected)


async def held_copies(router: EnvoyRouter) -> int:
    stats = await router._admin.stats(r"^cluster\.shop/~mirror\.upstream_rq_(pending_)?active$", "All")
    return sum(map(int, stats.values()))


async def listener_counters(router: EnvoyRouter) -> dict[str, str]:
    stats = await router._admin.stats(r"^listener_manager\.listener_(added|modified|removed|in_place_updated)$", "All")
    return dict(stats)


def test_only_what_is_safe_to_repeat_is_copied(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, upstream("collector") as collector:
            async with running(tmp_path) as router:
                routing = await prepared(router, shop(blue.address, green.address), Mirror(collector.address, 100.0))
                address = routing.address
                await ask(address, "/a?b=c")
                await ask(address, "/head", "OPTIONS")
                await ask(address, "/post", "POST")
                await ask(address, "/delete", "DELETE")
                await ask(address, "/events", accept="text/event-stream")
                await ask(address, "/grpc", **{"content-type": "application/grpc"})
                await ask(address, "/socket", connection="upgrade", upgrade="websocket")
                await copied(collector, "GET /a?b=c", "OPTIONS /head")
                assert len(blue.requests) == 7
                assert (await router.traffic("shop"))["shop/blue/1/web"].requests == 7

    asyncio.run(scenario())


def test_methods_and_paths_are_what_they_are_said_to_be(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, upstream("api") as api, upstream("c") as collector:
            async with running(tmp_path) as router:
                plain = shop(blue.address, green.address)
                backend = Backend("shop/blue/1/api", (api.address,), Color.BLUE, 1)
                paths = {"/": "shop/blue/1/web", "/v1": backend.name}
                routing = replace(
                    plain, backends=(*plain.backends, backend), paths={**plain.paths, Color.BLUE: Paths(paths)}
                )
                mirror = Mirror(collector.address, 100.0, ("POST",), ("/v1/chat", "/v2", "/v1x"))
                address = (await prepared(router, routing, mirror)).address
                names = {}
                for method, path in (
                    ("POST", "/v1/chat/completions"),
                    ("GET", "/v1/chat/completions"),
                    ("POST", "/v1/chatty"),
                    ("POST", "/v2"),
                    ("POST", "/v1x/y"),
                    ("POST", "/"),
                ):
                    names[f"{method} {path}"] = (await ask(address, path, method)).json["name"]
                await copied(collector, "POST /v1/chat/completions", "POST /v2", "POST /v1x/y")
                # Each still goes where it went without a mirror.
                assert list(names.values()) == ["api", "api", "api", "blue", "blue", "blue"]
                await prepared(router, routing, replace(mirror, methods=("GET", "POST"), paths=("/",)))
                await ask(address, "/v1/models")
                await ask(address, "/elsewhere", "POST")
                await copied(
                    collector,
                    "POST /v1/chat/completions",
                    "POST /v2",
                    "POST /v1x/y",
                    "GET /v1/models",
                    "POST /elsewhere",
                )

    asyncio.run(scenario())


def test_copies_lack_what_they_are_to_lack_and_users_requests_do_not(tmp_path: Path) -> None:
    seen: list[str] = []

    async def collect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower())
        writer.write(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()

    async def scenario() -> None:
        server = await asyncio.start_server(collect, "127.0.0.1", 0)
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                mirror = Mirror(address, 100.0, without=("authorization", "cookie"))
                routing = await prepared(router, shop(blue.address, green.address), mirror)
                secrets = {"Authorization": "Bearer s3cret", "Cookie": "a=s3cret", "x-other": "kept"}
                answer = await ask(routing.address, "/", **secrets)
                assert answer.json["headers"]["authorization"] == "Bearer s3cret"
                assert answer.json["headers"]["cookie"] == "a=s3cret"

                async def come() -> bool:
                    return bool(seen)

                await eventually(come)
                assert "s3cret" not in seen[0]
                assert "x-other: kept" in seen[0]
                assert "host: shop.example.com\r\n" in seen[0]
        server.close()

    asyncio.run(scenario())


def test_requests_that_name_an_environment_and_splits_are_not_copied(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, upstream("collector") as collector:
            async with running(tmp_path) as router:
                more = {"preview": Color.GREEN, "preview_key": KEY, "pinned": {Color.GREEN: "r2"}}
                plain = shop(blue.address, green.address, **more)
                address = (await prepared(router, plain, Mirror(collector.address, 100.0))).address
                await ask(address, "/named", **{"x-bluegreen-preview": KEY})
                await ask(address, "/named", **{"x-bluegreen-release": "r2"})
                await ask(address, "/routed")
                await copied(collector, "GET /routed")
                await router.set_route("shop", Route(2, {Color.BLUE: 50, Color.GREEN: 50}), None)
                await ask(address, "/split")
                await router.set_route("shop", Route(3, GREEN), None)
                await ask(address, "/green")
                await copied(collector, "GET /routed", "GET /green")

    asyncio.run(scenario())


def test_a_part_is_copied(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, upstream("collector") as collector:
            async with running(tmp_path) as router:
                routing = await prepared(router, shop(blue.address, green.address), Mirror(collector.address, 10.0))
                connection = Connection(routing.address)
                for _ in range(1000):
                    await connection.request("GET", "/x")
                connection.close()
                # Within six standard deviations of a hundred.
                assert 43 <= len(collector.requests) <= 157

    asyncio.run(scenario())


def test_on_and_off_under_load_fails_nothing_and_touches_no_listener(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, upstream("collector") as collector:
            async with running(tmp_path) as router:
                routing = await prepared(router, shop(blue.address, green.address), None)
                stream = Connection(routing.address)
                before = await listener_counters(router)
                assert before["listener_manager.listener_added"] != "0"
                async with load(routing.address) as users:
                    reading = asyncio.create_task(_stream(stream))
                    for _ in range(5):
                        await prepared(router, routing, Mirror(collector.address, 50.0))
                        await users.flow()
                        await prepared(router, routing, None)
                        await users.flow()
                assert users.failures == []
                assert collector.requests
                assert await listener_counters(router) == before
                assert not reading.done()
                reading.cancel()
                assert await router.route("shop") == Route(1, BLUE)
                gone = len(collector.requests)
                await ask(routing.address, "/later")
                await asyncio.sleep(0.1)
                assert len(collector.requests) == gone

    asyncio.run(scenario())


async def _stream(connection: Connection) -> None:
    """Read a stream of events that never ends."""
    host, _, port = connection.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /sse HTTP/1.1\r\nhost: x\r\n\r\n")
    try:
        while await reader.readexactly(1):
            pass
    finally:
        writer.close()


STUCK = """
import socket, sys, time
s = socket.create_server(("127.0.0.1", 0), backlog=1024)
print(s.getsockname()[1], flush=True)
open_ = []
while True:
    open_.append(s.accept())
"""


@contextmanager
def stuck_collector() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """One that takes connections and never answers."""
    process = subprocess.Popen([sys.executable, "-c", STUCK], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"127.0.0.1:{int(process.stdout.readline())}", process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("state", ["stuck", "stopped", "dead"])
def test_users_notice_nothing_of_a_collector_that_does_not_answer(tmp_path: Path, state: str) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, stuck_collector() as (address, process):
            async with running(tmp_path) as router:
                mirror = Mirror(address, 100.0, ("GET", "POST"))
                routing = await prepared(router, shop(blue.address, green.address), mirror)
                held = 0
                async with load(routing.address) as users:
                    await users.flow()
                    if state != "stuck":
                        os.kill(process.pid, signal.SIGSTOP if state == "stopped" else signal.SIGKILL)
                    for _ in range(10):
                        await users.flow(200)
                        held = max(held, await held_copies(router))
                    large = await Connection(routing.address).request("POST", "/large", body=b"x" * 5_000_000)
                    assert large.json["body"] == 5_000_000
                assert users.failures == []
                # Envoy's threads look at a limit before they count, so that each may go over it by one.
                assert held <= CONNECTIONS + WAITING + 8
                assert held or state == "dead"

                async def let_go() -> bool:
                    return await held_copies(router) == 0

                # Nobody asks any more: what is held is given up by itself.
                await eventually(let_go)
                os.kill(process.pid, signal.SIGCONT)

    asyncio.run(scenario())


def test_a_router_that_starts_again_finds_the_mirror_and_takes_it_away_when_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, upstream("collector") as collector:
            first = EnvoyRouter(tmp_path)
            await first.start()
            mirror = Mirror(collector.address, 100.0, without=("cookie",))
            routing = await prepared(first, shop(blue.address, green.address), mirror)
            await first.close()
            async with running(tmp_path) as second:
                assert second._parts["shop"].routing == routing
                await ask(routing.address, "/still")
                await copied(collector, "GET /still")
                await prepared(second, routing, None)
                await ask(routing.address, "/gone")
                await copied(collector, "GET /still")
                assert await _config(second) == []

    asyncio.run(scenario())


async def _config(router: EnvoyRouter) -> list[Any]:
    """Names of clusters of copies that Envoy still has."""
    stats = await router._admin.stats(r"^cluster\..*~mirror\.membership_total$", "All")
    return [name for name, value in stats.items() if value != "0"]
