"""Switching with Envoy: no request fails, no stream is cut, and the confirmation means what it says."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from envoy_setup import BLUE, GREEN, Connection, ask, eventually, free_address, load, refuses, running, shop
from tiny_upstream import upstream

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Color, Route


def test_no_request_fails_over_many_switches(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                async with load(routing.address) as users:
                    for epoch in range(2, 30):
                        there, back = (GREEN, BLUE) if epoch % 2 == 0 else (BLUE, GREEN)
                        confirmed = await router.set_route("shop", Route(epoch, there), Route(epoch + 1, back))
                        old = f"shop/{'blue/1' if there == GREEN else 'green/2'}/web"
                        await users.flow()
                        traffic = await router.traffic("shop")
                        assert traffic[old].requests == confirmed.traffic[old].requests, "served after confirmation"
                assert users.failures == []
                assert {name for _, name in users.answers} == {"blue", "green"}

    asyncio.run(scenario())


def test_a_stream_goes_on_where_it_began_and_counts_as_active(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                stream = Connection(routing.address)
                await stream.request("GET", "/sse")
                assert stream.streams is not None
                reader = stream.streams[0]
                await reader.readuntil(b"data: blue")
                confirmed = await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                assert confirmed.traffic["shop/blue/1/web"].active == 1
                assert (await ask(routing.address)).json["name"] == "green"
                for _ in range(5):
                    await reader.readuntil(b"data: blue")
                stream.close()

                async def drained() -> bool:
                    return (await router.traffic("shop"))["shop/blue/1/web"].active == 0

                await eventually(drained)

    asyncio.run(scenario())


def test_a_split_sends_each_environment_its_share(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, {Color.BLUE: 80, Color.GREEN: 20}), None)
                connection = Connection(routing.address)
                names = Counter([(await connection.request("GET", "/")).json["name"] for _ in range(600)])
                connection.close()
                # 20 % of 600 is 120, standard deviation 10: this fails by chance once in 10^8 runs.
                assert 60 < names["green"] < 180
                traffic = await router.traffic("shop")
                assert traffic["shop/green/2/web"].requests == names["green"]

    asyncio.run(scenario())


def test_failed_requests_are_counted_for_the_environment_that_failed(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                for path in ("/", "/fail", "/fail", "/cut"):
                    try:
                        await ask(routing.address, path)
                    except EOFError:
                        assert path == "/cut"
                traffic = (await router.traffic("shop"))["shop/blue/1/web"]
                assert (traffic.requests, traffic.failed) == (4, 3)

    asyncio.run(scenario())


def test_users_are_never_sent_to_a_dead_environment(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                green.die()
                await eventually(lambda: refuses(green.address))
                with pytest.raises(PermanentError, match="shop/green/2/web"):
                    await router.set_route("shop", Route(2, GREEN), None)
                assert (await ask(routing.address)).json["name"] == "blue"
                # It holds up nothing else, least of all the release that mends it.
                await router.prepare(routing)

    asyncio.run(scenario())


def test_an_environment_that_nobody_listens_in_is_not_prepared_yet(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue:
            async with running(tmp_path) as router:
                routing = shop(blue.address, free_address())
                with pytest.raises(TemporaryError, match="shop/green/2/web"):
                    await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                assert (await ask(routing.address)).json["name"] == "blue"

    asyncio.run(scenario())


def test_the_same_port_in_a_host_header_changes_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, hosts=("shop.example.com",))
                await router.prepare(routing)
                await router.set_route("shop", Route(1, GREEN), None)
                assert (await ask(routing.address, host="shop.example.com:8080")).json["name"] == "green"
                assert (await ask(routing.address, host="other.example.com")).status == 404
                with pytest.raises(PermanentError):
                    await router.set_route("blog", Route(1, GREEN), None)

    asyncio.run(scenario())
