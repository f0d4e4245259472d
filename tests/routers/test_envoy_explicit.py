"""Requests that name their environment: skew protection, and the preview by its key."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from envoy_setup import BLUE, GREEN, Connection, ask, eventually, free_address, load, refuses, running, shop
from structlog.testing import capture_logs
from tiny_upstream import upstream

from bluegreen.core.errors import PermanentError
from bluegreen.core.model import Color, Route
from bluegreen.routers.base import Backend, Paths
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.router import EnvoyRouter
from bluegreen.system.atomic import replace_file

KEY = "k3y-of-shop.~_0123456789"
WEB, OTHER = "shop/blue/1/web", "shop/green/2/web"
R1 = {"x-bluegreen-release": "r1"}


async def who(address: str, path: str = "/", method: str = "GET", **headers: str) -> str:
    answer = await ask(address, path, method, **headers)
    assert answer.status == 200
    return str(answer.json["name"])


async def clusters(router: EnvoyRouter) -> set[str]:
    stats = await router._admin.stats(r"^cluster\..*\.membership_healthy$", "Gauges")
    return {name.removeprefix("cluster.").removesuffix(".membership_healthy") for name in stats}


@pytest.mark.parametrize("failover", [False, True])
def test_requests_that_name_a_pinned_release_reach_it(tmp_path: Path, failover: bool) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, pinned={Color.BLUE: "r1"}, failover=failover)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                address = routing.address
                named = [
                    await who(address, "/assets/a.js", **R1),
                    await who(address, "/api", "POST", **R1),
                    await who(address, "/api?x=1&bluegreen_release=r1"),
                    await who(address, "/", **R1, **{"sec-fetch-mode": "cors"}),
                ]
                assert named == ["blue"] * 4
                routed = [
                    await who(address),
                    await who(address, "/", **R1, **{"sec-fetch-mode": "navigate"}),
                    await who(address, "/?bluegreen_release=r1", **{"sec-fetch-mode": "navigate"}),
                    await who(address, "/", **{"x-bluegreen-release": "r2"}),
                    await who(address, "/", **{"x-bluegreen-release": "r10"}),
                    await who(address, "/?bluegreen_release=r9"),
                    await who(address, "/?xbluegreen_release=r1"),
                ]
                assert routed == ["green"] * 7
                traffic = await router.traffic("shop")
                assert (traffic[WEB].requests, traffic[WEB].explicit, traffic[WEB].answered) == (0, 4, 0)
                assert (traffic[OTHER].requests, traffic[OTHER].explicit, traffic[OTHER].answered) == (7, 0, 7)
                assert (await router.measure()).backends[WEB].traffic == traffic[WEB]

    asyncio.run(scenario())


def test_nothing_is_pinned_to_the_release_that_everybody_gets(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, pinned={Color.BLUE: "r1"})
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                assert await who(routing.address, **R1) == "blue"
                await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                assert await who(routing.address, **R1) == "blue"
                await router.set_route("shop", Route(3, BLUE), Route(4, GREEN))
                assert await who(routing.address, **R1) == "blue"
                # What was left by a rollback can be named by nobody.
                assert await who(routing.address, **{"x-bluegreen-release": "r2"}) == "blue"
                traffic = (await router.traffic("shop"))[WEB]
                assert (traffic.requests, traffic.explicit) == (3, 1)

    asyncio.run(scenario())


def test_a_pinned_release_keeps_its_own_paths(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, upstream("api") as api:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, pinned={Color.BLUE: "r1"})
                backend = Backend("shop/blue/1/api", (api.address,), Color.BLUE, 1)
                paths = {**routing.paths, Color.BLUE: Paths({"/": WEB, "/api": backend.name})}
                await router.prepare(replace(routing, backends=(*routing.backends, backend), paths=paths))
                await router.set_route("shop", Route(1, GREEN), None)
                assert await who(routing.address, "/api/x", **R1) == "api"
                assert await who(routing.address, "/x", **R1) == "blue"
                assert await who(routing.address, "/api/x") == "green"
                # The old release received less: what it never had is the new one's.
                narrow = {Color.BLUE: Paths({"/api": backend.name}), Color.GREEN: routing.paths[Color.GREEN]}
                await router.prepare(replace(routing, backends=(*routing.backends, backend), paths=narrow))
                assert await who(routing.address, "/x", **R1) == "green"
                assert await who(routing.address, "/api/x", **R1) == "api"

    asyncio.run(scenario())


def test_an_unpinned_release_is_drained_of_its_streams_and_nobody_fails(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, pinned={Color.BLUE: "r1"})
                await router.prepare(routing)
                await router.set_route("shop", Route(1, GREEN), None)
                stream = Connection(routing.address)
                await stream.request("GET", "/sse", R1)
                assert stream.streams is not None
                await stream.streams[0].readuntil(b"data: blue")
                assert (await router.traffic("shop"))[WEB].active == 1
                assert f"{WEB}~explicit" in await clusters(router)
                async with load(routing.address) as users:
                    await users.flow()
                    await router.prepare(replace(routing, pinned={}))
                    await users.flow()
                assert users.failures == []
                assert await who(routing.address, **R1) == "green"
                await stream.streams[0].readuntil(b"data: blue")
                assert (await router.traffic("shop"))[WEB].active == 1
                stream.close()

                async def drained() -> bool:
                    return (await router.traffic("shop"))[WEB].active == 0

                await eventually(drained)
                await eventually(lambda: gone(router, f"{WEB}~explicit"))

    asyncio.run(scenario())


def test_what_was_counted_of_a_preview_outlives_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, preview=Color.GREEN, preview_key=KEY)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                for _ in range(3):
                    assert await who(routing.address, **{"x-bluegreen-preview": KEY}) == "green"
                await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                await router.prepare(replace(routing, preview=Color.BLUE))
                assert await who(routing.address, **{"x-bluegreen-preview": KEY}) == "blue"
                measured = (await router.measure()).backends
                assert {name: measured[name].traffic.explicit for name in measured} == {WEB: 1, OTHER: 3}

    asyncio.run(scenario())


async def gone(router: EnvoyRouter, cluster: str) -> bool:
    return cluster not in await clusters(router)


def test_no_request_fails_while_a_release_is_pinned_and_unpinned(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, pinned={Color.BLUE: "r1"})
                await router.prepare(routing)
                await router.set_route("shop", Route(1, GREEN), None)
                stopped = asyncio.Event()
                names: list[str] = []

                async def pages() -> None:
                    connection = Connection(routing.address)
                    while not stopped.is_set():
                        answer = await connection.request("GET", "/", R1)
                        names.append(answer.json["name"] if answer.status == 200 else str(answer.status))
                    connection.close()

                busy = [asyncio.create_task(pages()) for _ in range(8)]
                for pinned in [{}, {Color.BLUE: "r1"}] * 10:
                    await router.prepare(replace(routing, pinned=pinned))
                stopped.set()
                await asyncio.gather(*busy)
                assert set(names) == {"blue", "green"}

    asyncio.run(scenario())


def test_a_stream_of_a_pinned_page_holds_up_no_confirmation(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, pinned={Color.BLUE: "r1"})
                await router.prepare(routing)
                await router.set_route("shop", Route(1, GREEN), None)
                stopped = asyncio.Event()

                async def pages() -> None:
                    connection = Connection(routing.address)
                    while not stopped.is_set():
                        assert (await connection.request("GET", "/", R1)).json["name"] == "blue"
                    connection.close()

                stream = Connection(routing.address)
                await stream.request("GET", "/sse", R1)
                busy = [asyncio.create_task(pages()) for _ in range(4)]
                for epoch in range(2, 12):
                    there = {Color.GREEN: 100} if epoch % 2 else {Color.GREEN: 60, Color.BLUE: 40}
                    before = (await router.traffic("shop"))[OTHER].requests
                    await router.set_route("shop", Route(epoch, there), Route(epoch + 1, GREEN))
                    assert (await router.traffic("shop"))[OTHER].requests == before
                stopped.set()
                await asyncio.gather(*busy)
                stream.close()

    asyncio.run(scenario())


def test_a_pinned_release_that_is_dead_fails_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("green") as green, upstream("blue") as blue:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, pinned={Color.BLUE: "r1"}, failover=True)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, GREEN), None)
                assert await who(routing.address, **R1) == "blue"
                blue.die()
                await eventually(lambda: refuses(blue.address))
                assert await who(routing.address, **R1) == "green"

    asyncio.run(scenario())


def test_the_preview_is_reached_by_its_key(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                private = free_address()
                more = {"preview": Color.GREEN, "preview_key": KEY, "preview_address": private}
                routing = shop(blue.address, green.address, **more)
                await router.prepare(routing)
                # Before the first release is live, too.
                assert (await ask(routing.address)).status == 503
                assert await who(routing.address, **{"x-bluegreen-preview": KEY}) == "green"
                await router.set_route("shop", Route(1, BLUE), None)
                for method in ("GET", "POST"):
                    answer = await ask(
                        routing.address, "/x/y", method, **{"x-bluegreen-preview": KEY, "sec-fetch-mode": "navigate"}
                    )
                    assert answer.json["name"] == "green"
                    assert "x-bluegreen-preview" not in answer.json["headers"]
                for wrong in (KEY[:-1], KEY + "x", "", KEY.upper()):
                    answer = await ask(routing.address, **{"x-bluegreen-preview": wrong})
                    assert answer.json["name"] == "blue"
                    assert "x-bluegreen-preview" not in answer.json["headers"]
                traffic = await router.traffic("shop")
                assert (traffic[OTHER].requests, traffic[OTHER].explicit) == (0, 3)
                assert (traffic[WEB].requests, traffic[WEB].explicit) == (4, 0)
                told = (await ask(private, **{"x-bluegreen-preview": KEY})).json["headers"]
                assert "x-bluegreen-preview" not in told
                await router.prepare(replace(routing, preview=None))
                assert await who(routing.address, **{"x-bluegreen-preview": KEY}) == "blue"

    asyncio.run(scenario())


def test_what_is_asked_at_the_preview_address_is_not_what_users_got(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                private = free_address()
                more = {"preview": Color.GREEN, "preview_key": KEY, "preview_address": private}
                routing = shop(blue.address, green.address, **more)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                assert [await who(private) for _ in range(5)] == ["green"] * 5
                assert await who(routing.address) == "blue"

                async def counted() -> bool:
                    backends = (await router.measure()).backends
                    green, blue = backends[OTHER], backends[WEB]
                    users = (green.traffic.requests, dict(green.times), blue.traffic.requests)
                    return (green.traffic.explicit, users) == (5, (0, {}, 1))

                await eventually(counted)

    asyncio.run(scenario())


def test_what_the_preview_does_not_receive_is_not_answered_by_another_release(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, preview=Color.GREEN, preview_key=KEY, failover=True)
                paths = {Color.BLUE: Paths({"/": WEB}), Color.GREEN: Paths({"/api": OTHER})}
                await router.prepare(replace(routing, paths=paths))
                await router.set_route("shop", Route(1, BLUE), None)
                assert await who(routing.address, "/api", **{"x-bluegreen-preview": KEY}) == "green"
                assert (await ask(routing.address, "/", **{"x-bluegreen-preview": KEY})).status == 404
                green.die()
                await eventually(lambda: refuses(green.address))
                assert (await ask(routing.address, "/api", **{"x-bluegreen-preview": KEY})).status == 503
                assert await who(routing.address, "/api") == "blue"

    asyncio.run(scenario())


def test_the_key_is_in_no_log_and_no_error_and_its_files_are_closed(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, preview=Color.GREEN, preview_key=KEY)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), Route(2, GREEN))
                await ask(routing.address, **{"x-bluegreen-preview": KEY})
                bad = {color: Paths({"/a?b": name}) for color, name in ((Color.BLUE, WEB), (Color.GREEN, OTHER))}
                with capture_logs() as logs:
                    with pytest.raises(PermanentError) as refused:
                        await router.prepare(replace(routing, paths=bad))
                    twice = ("shop.example.com", "shop.example.com")
                    with pytest.raises(PermanentError):
                        await router.prepare(replace(routing, hosts=twice))
                    with pytest.raises(PermanentError) as unfit:
                        await router.prepare(replace(routing, preview_key="two\nlines"))
                await router.close()
                # Another controller, that has prepared nothing yet.
                await router.start()
                routes = Layout(tmp_path / "envoy").routes(routing.address)
                position = Layout(tmp_path / "envoy").log.stat().st_size
                before = routes.read_bytes()
                replace_file(routes, before.replace(b'"prefix":"/"', b'"path_separated_prefix":"/?"'))
                await eventually(lambda: said(tmp_path, position, "constraint"))
                assert "PathSeparatedPrefix" in router._plane.publisher.words(position)
                replace_file(routes, before)
                assert "PathSeparatedPrefix: value does not match" in refused.value.why
                assert KEY not in f"{refused.value} {refused.value.why} {logs} {routing!r}"
                assert "lines" not in f"{unfit.value} {unfit.value.why} {logs}"
                assert await who(routing.address, **{"x-bluegreen-preview": KEY}) == "green"
            layout = Layout(tmp_path / "envoy")
            assert KEY not in layout.log.read_text() + layout.access_log.read_text()
            holding = [file for file in layout.root.rglob("*") if file.is_file() and KEY in file.read_text()]
            assert len(holding) >= 3
            assert {file.stat().st_mode & 0o777 for file in holding} == {0o600}

    asyncio.run(scenario())


async def said(home: Path, position: int, words: str) -> bool:
    """Whether Envoy has said so since its log ended there."""
    return words in Layout(home / "envoy").log.read_text()[position:]


def test_who_may_be_named_is_remembered_over_a_restart(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            more = {"preview": Color.BLUE, "preview_key": KEY, "pinned": {Color.BLUE: "r1"}}
            routing = shop(blue.address, green.address, **more)
            async with running(tmp_path) as router:
                await router.prepare(routing)
                await router.set_route("shop", Route(1, GREEN), None)
            async with running(tmp_path) as router:
                assert await who(routing.address, **R1) == "blue"
                assert await who(routing.address, **{"x-bluegreen-preview": KEY}) == "blue"
                assert await who(routing.address) == "green"

    asyncio.run(scenario())
