"""Users who follow a name: each environment is reached at its own address, whoever still has the old answer too."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from bind_setup import NameServers, name_servers
from envoy_setup import BLUE, GREEN, Connection, ask, free_address, read_answer, shop
from test_envoy_tls import certificate, certify, connect
from tiny_upstream import upstream

from bluegreen.core.model import Route
from bluegreen.core.router_specs import Dns
from bluegreen.engine.routers import Routers
from bluegreen.routers.base import Routing
from bluegreen.routers.dns.query import ask as ask_server
from bluegreen.routers.envoy.router import EnvoyRouter

OLD, NEW = "shop/blue/1/web", "shop/green/2/web"


@asynccontextmanager
async def running(home: Path) -> AsyncIterator[Routers]:
    """All routers of a controller, over a real Envoy."""
    routers = Routers(EnvoyRouter(home), home, lambda app: None)
    await routers.start()
    try:
        yield routers
    finally:
        await routers.remove(None)
        await routers.close()


def behind(servers: NameServers, blue: str, green: str) -> Routing:
    """A shop whose environments have an address of loopback each."""
    spec = servers.spec(blue=("127.0.0.2",), green=("127.0.0.3",))
    return replace(shop(blue, green), address=f"0.0.0.0:{free_address().rpartition(':')[2]}", router=spec)


async def resolved(routing: Routing) -> str:
    """Where a user goes who asks now."""
    assert isinstance(routing.router, Dns)
    assert routing.address is not None
    told = await ask_server(routing.router.servers[1], routing.router)
    (ip,) = told.addresses
    return f"{ip}:{routing.address.rpartition(':')[2]}"


def test_users_reach_the_environment_that_their_answer_names_and_are_counted(tmp_path: Path) -> None:
    async def scenario() -> None:
        with name_servers(tmp_path) as servers, upstream("blue") as blue, upstream("green") as green:
            routing = behind(servers, blue.address, green.address)
            async with running(tmp_path) as routers:
                await routers.prepare(routing)
                await routers.set_route("shop", Route(1, BLUE), None)
                before = await resolved(routing)
                answer = await ask(before, **{"x-forwarded-for": "203.0.113.9", "x-bluegreen-listener": "preview/shop"})
                assert answer.json["name"] == "blue"
                assert answer.json["headers"]["x-forwarded-for"].endswith("127.0.0.1")
                stream = Connection(before)
                await stream.request("GET", "/sse")
                confirmed = await routers.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                after = await resolved(routing)
                # Who has the old answer in a cache is served as before, for as long as it is held.
                assert (await ask(after)).json["name"] == "green"
                assert (await ask(before)).json["name"] == "blue"
                assert confirmed.traffic[OLD].held_until > 0
                assert confirmed.traffic[OLD].active == 1
                stream.close()
                traffic = await routers.traffic("shop")
                assert (traffic[OLD].requests, traffic[NEW].requests) == (3, 1)
                assert traffic[OLD].counted
                measured = (await routers.measure()).backends
                assert (measured[OLD].traffic.requests, measured[NEW].traffic.requests) == (3, 1)
                # What a restarted controller tells anew moves nobody.
                await routers.prepare(routing)
                assert (await ask(after)).json["name"] == "green"

    asyncio.run(scenario())


def test_an_environment_that_is_empty_says_so_at_its_address(tmp_path: Path) -> None:
    async def scenario() -> None:
        with name_servers(tmp_path) as servers, upstream("blue") as blue, upstream("green") as green:
            whole = behind(servers, blue.address, green.address)
            first = {color: paths for color, paths in whole.paths.items() if color in BLUE}
            routing = replace(whole, backends=whole.backends[:1], paths=first)
            async with running(tmp_path) as routers:
                await routers.prepare(routing)
                await routers.set_route("shop", Route(1, BLUE), None)
                there = await resolved(routing)
                connection = Connection(there)
                assert (await connection.request("GET", "/")).json["name"] == "blue"
                other = there.replace("127.0.0.2", "127.0.0.3")
                assert (await ask(other)).status == 503
                await routers.prepare(whole)
                assert (await ask(other)).json["name"] == "green"
                # The listener is the same one: nobody's connection was cut.
                assert (await connection.request("GET", "/")).json["name"] == "blue"
                connection.close()

    asyncio.run(scenario())


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make certificates")
def test_both_addresses_serve_https_with_the_certificate_of_the_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        with name_servers(tmp_path) as servers, upstream("blue") as blue, upstream("green") as green:
            routing = replace(behind(servers, blue.address, green.address), tls=certify(tmp_path, "shop.example.test"))
            async with running(tmp_path) as routers:
                await routers.prepare(routing)
                for route in (Route(1, BLUE), Route(2, GREEN)):
                    await routers.set_route("shop", route, None)
                    there = await resolved(routing)
                    assert await certificate(there, "shop.example.test")
                    reader, writer = await connect(there, "shop.example.test")
                    writer.write(b"GET / HTTP/1.1\r\nhost: shop.example.test\r\ncontent-length: 0\r\n\r\n")
                    assert (await read_answer(reader)).json["name"] == ("blue" if route.epoch == 1 else "green")
                    writer.close()

    asyncio.run(scenario())
