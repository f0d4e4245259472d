"""A part of users' answers is shown to the sampler: of every environment alike, and never at users' cost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
from envoy_setup import BLUE, Connection, ask, eventually, load, running, shop
from test_envoy_sticky import STICKY, is_near
from tiny_upstream import upstream

from bluegreen.core.model import Color, Route
from bluegreen.routers.base import Paths
from bluegreen.routers.envoy.layout import Layout

MANY = 4000
HALF = Route(3, {Color.BLUE: 50, Color.GREEN: 50})


class Seen:
    """What a sampler was shown: how many answers of each backend."""

    def __init__(self) -> None:
        self.backends: Counter[str] = Counter()

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        self.backends[dict(details.invocation_metadata)["x-bluegreen-backend"]] += 1
        return grpc.stream_stream_rpc_method_handler(self._take)

    async def _take(self, messages: Any, context: Any) -> AsyncIterator[bytes]:
        async for _ in messages:
            pass
        for nothing in ():
            yield nothing


@asynccontextmanager
async def sampler(home: Path) -> AsyncIterator[Seen]:
    """Somebody who listens where Envoy shows samples."""
    seen = Seen()
    server = grpc.aio.server()
    server.add_generic_rpc_handlers([seen])
    server.add_insecure_port(f"unix:{Layout(home.absolute() / 'envoy').sampler_socket}")
    await server.start()
    try:
        yield seen
    finally:
        await server.stop(0)


async def asked(address: str, count: int, path: str = "/", **headers: str) -> Counter[tuple[int, str]]:
    connection = Connection(address)
    found: Counter[tuple[int, str]] = Counter()
    for _ in range(count):
        answer = await connection.request("GET", path, headers)
        found[answer.status, answer.json["name"]] += 1
    connection.close()
    return found


def test_both_sides_of_a_split_are_sampled_alike(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router, sampler(tmp_path) as seen:
                routing = shop(blue.address, green.address, sampled=10.0)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                await router.set_route("shop", HALF, Route(4, BLUE))
                found = await asked(routing.address, MANY)
                assert is_near(found[200, "blue"], 0.5, MANY)
                assert sum(found.values()) == found[200, "blue"] + found[200, "green"] == MANY
                assert is_near(seen.backends["shop/blue/1/web"], 0.05, MANY)
                assert is_near(seen.backends["shop/green/2/web"], 0.05, MANY)

    asyncio.run(scenario())


def test_users_who_stay_with_a_release_are_sampled_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router, sampler(tmp_path) as seen:
                routing = shop(blue.address, green.address, sampled=20.0, sticky=STICKY)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                await router.set_route("shop", HALF, Route(4, BLUE))
                found = await asked(routing.address, MANY // 4, cookie="bluegreen-shop=r2.7")
                assert found == {(200, "green"): MANY // 4}
                assert set(seen.backends) == {"shop/green/2/web"}
                assert is_near(seen.backends["shop/green/2/web"], 0.2, MANY // 4)
                found = await asked(routing.address, MANY // 2)
                assert is_near(found[200, "blue"], 0.5, MANY // 2)
                assert is_near(seen.backends["shop/blue/1/web"], 0.1, MANY // 2)

    asyncio.run(scenario())


def test_only_what_is_asked_for_is_sampled_and_no_request_that_names_its_environment(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router, sampler(tmp_path) as seen:
                key = "a-key-of-enough-characters"
                routing = shop(
                    blue.address,
                    green.address,
                    sampled=100.0,
                    sampled_paths=("/v1",),
                    preview=Color.GREEN,
                    preview_key=key,
                )
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                assert (await ask(routing.address, "/page")).json["name"] == "blue"
                assert (await ask(routing.address, "/v1x")).json["name"] == "blue"
                for path in ("/page", "/v1/chat"):
                    shown = await ask(routing.address, path, **{"x-bluegreen-preview": key})
                    assert shown.json["name"] == "green"
                assert not seen.backends
                assert (await ask(routing.address, "/v1/chat")).json["name"] == "blue"
                await eventually(lambda: _has(seen, 1))
                assert seen.backends == {"shop/blue/1/web": 1}

    asyncio.run(scenario())


async def _has(seen: Seen, count: int) -> bool:
    return seen.backends.total() >= count


def test_the_rate_changes_without_a_new_listener_and_no_request_fails(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                listeners = Layout(tmp_path.absolute() / "envoy").listeners.read_bytes()
                async with load(routing.address) as users:
                    for sampled in (5.0, 100.0, 0.0, 50.0):
                        await router.prepare(replace(routing, sampled=sampled))
                        assert (await router.route("shop")) == Route(1, BLUE)
                        async with sampler(tmp_path):
                            await users.flow(200)
                        # Nobody listens now: users notice nothing.
                        await users.flow(200)
                assert not users.failures
                assert Layout(tmp_path.absolute() / "envoy").listeners.read_bytes() == listeners

    asyncio.run(scenario())


def test_a_component_below_a_sampled_path_and_one_above(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router, sampler(tmp_path) as seen:
                routing = shop(blue.address, green.address, sampled=100.0, sampled_paths=("/api",))
                routing = replace(
                    routing,
                    paths={Color.BLUE: Paths({"/": "shop/blue/1/web", "/api/v2": "shop/green/2/web"})},
                )
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                for path, name in (("/", "blue"), ("/api/v1", "blue"), ("/api/v2", "green"), ("/api/v2/x", "green")):
                    assert (await ask(routing.address, path)).json["name"] == name
                await eventually(lambda: _has(seen, 3))
                assert seen.backends == {"shop/blue/1/web": 1, "shop/green/2/web": 2}

    asyncio.run(scenario())
