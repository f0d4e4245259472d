"""Switching with nginx: what users get, what is confirmed, what is drained, and how few reloads it takes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from envoy_setup import BLUE, GREEN, Connection, ask, eventually, free_address, shop
from nginx_setup import RealNginx, nginx
from tiny_upstream import upstream

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Color, Route
from bluegreen.routers.base import Backend, Paths, Routing
from bluegreen.routers.nginx.master import Master
from bluegreen.routers.nginx.router import NginxRouter


@asynccontextmanager
async def serving(server: RealNginx, home: Path, *routings: Routing) -> AsyncIterator[NginxRouter]:
    """A router over a running nginx whose user has followed `bluegreen router init nginx` for these applications."""
    router = NginxRouter(home, server.settings)
    for routing in routings:
        await router.prepare(routing)
        server.servers[routing.app] = routing.address or ""
    server.configure()
    before = Master(server.settings.pid).workers().serving
    server.reload()

    async def reloaded() -> bool:
        return not before & Master(server.settings.pid).workers().serving

    await eventually(reloaded)
    yield router


def behind(server: RealNginx, blue: str, green: str, **more: Any) -> Routing:
    return replace(shop(blue, green, **more), router=server.settings)


def workers(server: RealNginx) -> set[int]:
    return {worker.pid for worker in Master(server.settings.pid).workers().serving}


def test_every_new_connection_is_served_over_many_switches(tmp_path: Path) -> None:
    async def users(address: str, names: Counter[str], stop: asyncio.Event) -> None:
        while not stop.is_set():
            answer = await ask(address)
            assert answer.status == 200, answer
            names[answer.json["name"]] += 1

    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, nginx(tmp_path) as server:
            routing = behind(server, blue.address, green.address)
            async with serving(server, tmp_path, routing) as router:
                await router.set_route("shop", Route(1, BLUE), None)
                names: Counter[str] = Counter()
                stop = asyncio.Event()
                async with asyncio.TaskGroup() as group:
                    for _ in range(4):
                        group.create_task(users(routing.address or "", names, stop))
                    for epoch in range(2, 8):
                        there, back = (GREEN, BLUE) if epoch % 2 == 0 else (BLUE, GREEN)
                        await router.set_route("shop", Route(epoch, there), Route(epoch + 1, back))
                        expected = "green" if there == GREEN else "blue"
                        answer = await ask(routing.address or "")
                        assert (answer.json["name"], answer.headers["x-release"]) == (
                            expected,
                            "r2" if there == GREEN else "r1",
                        ), "confirmed before it was true"
                    stop.set()
                assert set(names) == {"blue", "green"}

    asyncio.run(scenario())


def test_a_stream_goes_on_in_its_old_worker_and_is_counted(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, nginx(tmp_path) as server:
            routing = behind(server, blue.address, green.address)
            async with serving(server, tmp_path, routing) as router:
                await router.set_route("shop", Route(1, BLUE), None)
                stream = Connection(routing.address or "")
                await stream.request("GET", "/sse")
                assert stream.streams is not None
                reader = stream.streams[0]
                await reader.readuntil(b"data: blue")
                confirmed = await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                assert confirmed.traffic["shop/blue/1/web"].active == 1
                assert confirmed.traffic["shop/green/2/web"].active == 0
                assert not confirmed.traffic["shop/blue/1/web"].counted
                assert (await ask(routing.address or "")).json["name"] == "green"
                for _ in range(5):
                    await reader.readuntil(b"data: blue")
                # A new controller counts it as well.
                after = NginxRouter(tmp_path, server.settings)
                await after.prepare(routing)
                assert (await after.traffic("shop"))["shop/blue/1/web"].active == 1
                stream.close()

                async def drained() -> bool:
                    return (await after.traffic("shop"))["shop/blue/1/web"].active == 0

                await eventually(drained)

    asyncio.run(scenario())


def test_a_split_sends_each_environment_its_share(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, nginx(tmp_path) as server:
            routing = behind(server, blue.address, green.address)
            async with serving(server, tmp_path, routing) as router:
                await router.set_route("shop", Route(1, {Color.BLUE: 80, Color.GREEN: 20}), None)
                connection = Connection(routing.address or "")
                names = Counter([(await connection.request("GET", "/")).json["name"] for _ in range(600)])
                connection.close()
                # 20 % of 600 is 120, standard deviation 10: this fails by chance once in 10^8 runs.
                assert 60 < names["green"] < 180

    asyncio.run(scenario())


def test_paths_are_taken_in_whole_segments_and_the_longest_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("web") as web, upstream("api") as api, nginx(tmp_path) as server:
            backends = (
                Backend("my-shop/blue/1/web", (web.address,), Color.BLUE, 1),
                Backend("my-shop/blue/1/api", (api.address,), Color.BLUE, 1),
            )
            prefixes = {"/": "my-shop/blue/1/web", "/api": "my-shop/blue/1/api", "/v1.0": "my-shop/blue/1/api"}
            paths = {Color.BLUE: Paths(prefixes)}
            routing = Routing("my-shop", free_address(), backends=backends, paths=paths, router=server.settings)
            async with serving(server, tmp_path, routing) as router:
                assert (await ask(routing.address or "")).status == 503
                await router.set_route("my-shop", Route(1, BLUE), None)
                for path, name in {
                    "/": "web",
                    "/api": "api",
                    "/api/cart?x=1": "api",
                    "/apixyz": "web",
                    "/v1.0/a": "api",
                    "/v1x0/a": "web",
                }.items():
                    answer = await ask(routing.address or "", path)
                    assert (answer.json["name"], answer.json["path"]) == (name, path)

    asyncio.run(scenario())


def test_nobody_is_served_once_it_has_gone_and_the_configuration_stays_sound(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, nginx(tmp_path) as server:
            routing = behind(server, blue.address, green.address)
            async with serving(server, tmp_path, routing) as router:
                await router.set_route("shop", Route(1, BLUE), None)
                await router.set_route("shop", Route(2), None)
                assert (await ask(routing.address or "")).status == 503
                await router.set_route("shop", Route(3, BLUE), Route(4, GREEN))
                await router.remove("shop")
                assert (await ask(routing.address or "")).status == 503
                assert [file.name for file in server.include.iterdir()] == ["shop.conf"]
                server.stop()
                server.start()
                assert (await ask(routing.address or "")).status == 503

    asyncio.run(scenario())


def test_only_what_has_users_costs_a_reload(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, nginx(tmp_path) as server:
            routing = behind(server, blue.address, green.address)
            blue_only = replace(routing, backends=routing.backends[:1], paths={Color.BLUE: routing.paths[Color.BLUE]})
            async with serving(server, tmp_path, blue_only) as router:
                await router.set_route("shop", Route(1, BLUE), None)
                before = workers(server)
                await router.prepare(routing)
                await router.prepare(blue_only)
                await router.set_route("shop", Route(1, BLUE), None)
                assert workers(server) == before
                again = NginxRouter(tmp_path, server.settings)
                await again.prepare(routing)
                assert workers(server) == before
                with upstream("blue, elsewhere") as moved:
                    there = replace(routing.backends[0], endpoints=(moved.address,))
                    await again.prepare(replace(routing, backends=(there, routing.backends[1])))
                    assert (await ask(routing.address or "")).json["name"] == "blue, elsewhere"
                    assert await again.route("shop") == Route(1, BLUE)

    asyncio.run(scenario())


def test_the_way_back_is_moved_into_place_and_not_written(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, nginx(tmp_path) as server:
            routing = behind(server, blue.address, green.address)
            async with serving(server, tmp_path, routing) as router:
                await router.set_route("shop", Route(1, BLUE), None)
                await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                (laid,) = server.include.glob("shop.conf.fallback-*")
                inode = laid.stat().st_ino
                await router.set_route("shop", Route(3, BLUE), None)
                assert (server.include / "shop.conf").stat().st_ino == inode
                assert [file.name for file in server.include.iterdir()] == ["shop.conf"]
                assert (await ask(routing.address or "")).json["name"] == "blue"

    asyncio.run(scenario())


def test_an_environment_that_nobody_listens_in_gets_no_users(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, nginx(tmp_path) as server:
            routing = behind(server, blue.address, free_address())
            router = NginxRouter(tmp_path, server.settings)
            with pytest.raises(TemporaryError, match="shop/green/2/web"):
                await router.prepare(routing)
            await router.set_route("shop", Route(1, BLUE), None)
            with pytest.raises(PermanentError, match="shop/green/2/web"):
                await router.set_route("shop", Route(2, GREEN), None)
            assert await router.route("shop") == Route(1, BLUE)

    asyncio.run(scenario())


def test_a_configuration_that_was_pasted_whole_is_broken_only_until_the_first_deployment(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, nginx(tmp_path) as server:
            routing = behind(server, blue.address, green.address)
            server.servers["shop"] = routing.address or ""
            server.configure()  # names a variable that is nowhere
            router = NginxRouter(tmp_path, server.settings)
            await router.start()
            await router.prepare(routing)
            await router.set_route("shop", Route(1, BLUE), None)
            assert (await ask(routing.address or "")).json["name"] == "blue"

    asyncio.run(scenario())
