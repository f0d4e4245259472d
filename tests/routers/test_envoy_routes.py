"""Which request reaches which instance, and what the instance is told about it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest
import websockets
from envoy_setup import BLUE, GREEN, ask, eventually, free_address, running, shop
from tiny_upstream import upstream

from bluegreen.core.errors import PermanentError
from bluegreen.core.model import Color, Route
from bluegreen.routers.base import Backend, Internal, Paths, Routing


def several(address: Callable[[str], str], prefixes: dict[str, str]) -> Routing:
    """A shop in blue only, with a backend for each prefix."""
    backends = tuple(Backend(f"shop/blue/1/{n}", (address(n),), Color.BLUE, 1) for n in prefixes.values())
    paths = {Color.BLUE: Paths({prefix: f"shop/blue/1/{name}" for prefix, name in prefixes.items()})}
    return Routing("shop", free_address(), backends=backends, paths=paths)


def test_the_longest_prefix_of_whole_segments_wins(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("web") as web, upstream("api") as api, upstream("v2") as v2:
            them = {"web": web.address, "api": api.address, "v2": v2.address}
            async with running(tmp_path) as router:
                routing = several(them.__getitem__, {"/": "web", "/api": "api", "/api/v2": "v2"})
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                expected = {
                    "/": "web",
                    "/apixyz": "web",
                    "/api": "api",
                    "/api?x=1": "api",
                    "/api/": "api",
                    "/api/v20": "api",
                    "/api/v2/items": "v2",
                    "/x/../api/v2": "v2",
                }
                for path, name in expected.items():
                    assert (await ask(routing.address, path)).json["name"] == name, path

    asyncio.run(scenario())


def test_paths_that_nobody_receives_are_not_found(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("api") as api:
            async with running(tmp_path) as router:
                routing = several(lambda name: api.address, {"/api": "api"})
                await router.prepare(routing)
                nobody = await ask(routing.address, "/api")
                assert (nobody.status, nobody.json["title"]) == (503, "no release is live yet")
                await router.set_route("shop", Route(1, BLUE), None)
                assert (await ask(routing.address, "/api/items")).status == 200
                assert (await ask(routing.address, "/other")).status == 404

    asyncio.run(scenario())


def test_preview_reaches_the_idle_environment_and_users_do_not(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                preview = free_address()
                routing = shop(blue.address, green.address, preview_address=preview, preview=Color.GREEN)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                assert (await ask(preview)).json["name"] == "green"
                assert (await ask(routing.address)).json["name"] == "blue"
                await router.set_route("shop", Route(2, GREEN), None)
                await router.prepare(replace(routing, preview=Color.BLUE))
                assert (await ask(preview)).json["name"] == "blue"
                await router.prepare(replace(routing, preview=None))
                assert (await ask(preview)).status == 503

    asyncio.run(scenario())


def test_internal_listeners_stay_while_what_is_behind_them_changes(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                here, there = free_address(), free_address()
                internals = (
                    Internal("shop/blue/web", here, "shop/blue/1/web"),
                    Internal("shop/green/web", there, None),
                )
                routing = shop(blue.address, green.address, internals=internals)
                await router.prepare(routing)
                answer = await ask(here, "/x", **{"x-bluegreen-listener": "internal/shop/green/web"})
                assert answer.json["name"] == "blue"
                assert answer.json["headers"]["host"] == "shop.example.com"
                assert "x-bluegreen-listener" not in answer.json["headers"]
                assert (await ask(there)).status == 503
                moved = (replace(internals[0], backend="shop/green/2/web"), internals[1])
                await router.prepare(replace(routing, internals=moved))
                assert (await ask(here)).json["name"] == "green"

    asyncio.run(scenario())


def test_instances_are_told_where_a_request_came_from(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                forged = {"x-forwarded-host": "evil.example.com", "x-forwarded-proto": "https", "x-request-id": "7"}
                answer = await ask(routing.address, host="shop.example.com:8080", **forged)
                told = answer.json["headers"]
                assert told["x-forwarded-for"] == "127.0.0.1"
                assert told["x-forwarded-proto"] == "http"
                assert told["x-forwarded-host"] == "shop.example.com:8080"
                assert told["x-forwarded-port"] == routing.address.split(":")[1]
                assert told["x-request-id"] == "7"
                assert not [name for name in (*told, *answer.headers) if name.startswith("x-envoy")]
                assert "server" not in answer.headers

    asyncio.run(scenario())


def test_a_websocket_goes_on_where_it_began(tmp_path: Path) -> None:
    async def scenario() -> None:
        async def echo(socket: websockets.ServerConnection) -> None:
            async for message in socket:
                await socket.send(message)

        async with websockets.serve(echo, "127.0.0.1", 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            with upstream("green") as green:
                async with running(tmp_path) as router:
                    routing = shop(f"127.0.0.1:{port}", green.address)
                    await router.prepare(routing)
                    await router.set_route("shop", Route(1, BLUE), None)
                    async with websockets.connect(f"ws://{routing.address}/ws") as socket:
                        await socket.send("one")
                        assert await socket.recv() == "one"
                        await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                        assert (await ask(routing.address)).json["name"] == "green"
                        await socket.send("two")
                        assert await socket.recv() == "two"
                        assert (await router.traffic("shop"))["shop/blue/1/web"].active == 1

                    async def drained() -> bool:
                        return (await router.traffic("shop"))["shop/blue/1/web"].active == 0

                    await eventually(drained)

    asyncio.run(scenario())


async def ask_http2(address: str) -> bytes:
    """One request over cleartext HTTP/2 with prior knowledge; the body of its answer."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    connection = h2.connection.H2Connection()
    connection.initiate_connection()
    headers = [(":method", "GET"), (":scheme", "http"), (":authority", "shop.example.com"), (":path", "/")]
    connection.send_headers(1, headers, end_stream=True)
    writer.write(connection.data_to_send())
    body = b""
    while True:
        for event in connection.receive_data(await reader.read(65536)):
            if isinstance(event, h2.events.DataReceived):
                body += event.data or b""
            if isinstance(event, h2.events.StreamEnded):
                writer.close()
                return body
        writer.write(connection.data_to_send())


async def serve_http2(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server that speaks nothing but cleartext HTTP/2."""
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    while data := await reader.read(65536):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.RequestReceived) and event.stream_id is not None:
                connection.send_headers(event.stream_id, [(":status", "200")])
                connection.send_data(event.stream_id, b'{"name": "h2c"}', end_stream=True)
        writer.write(connection.data_to_send())
    writer.close()


def test_http2_without_tls_on_both_sides(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with await asyncio.start_server(serve_http2, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with upstream("green") as green:
                async with running(tmp_path) as router:
                    routing = shop(f"127.0.0.1:{port}", green.address)
                    grpc = replace(routing.backends[0], protocol="http2")
                    await router.prepare(replace(routing, backends=(grpc, routing.backends[1])))
                    await router.set_route("shop", Route(1, BLUE), None)
                    assert json.loads(await ask_http2(routing.address))["name"] == "h2c"
                    assert (await ask(routing.address)).status == 200
                    await router.set_route("shop", Route(2, GREEN), None)
                    assert json.loads(await ask_http2(routing.address))["name"] == "green"

    asyncio.run(scenario())


def test_applications_share_an_address_by_host(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("shop") as one, upstream("blog") as other:
            async with running(tmp_path) as router:
                routing = shop(one.address, one.address, hosts=("shop.example.com", "*.shop.example.com"))
                address = routing.address
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                blog = shop(other.address, other.address, "blog", hosts=("blog.example.com",), address=address)
                await router.prepare(blog)
                await router.set_route("blog", Route(1, GREEN), None)
                assert (await ask(address, host="SHOP.example.com:80")).json["name"] == "shop"
                assert (await ask(address, host="eu.shop.example.com")).json["name"] == "shop"
                assert (await ask(address, host="blog.example.com")).json["name"] == "blog"
                assert (await ask(address, host="example.com")).status == 404
                wild = shop(other.address, other.address, "wild", hosts=("*.example.com",), address=address)
                with pytest.raises(PermanentError, match="overlap"):
                    await router.prepare(wild)
                await router.remove("shop")
                assert (await ask(address, host="shop.example.com")).status == 404
                assert (await ask(address, host="blog.example.com")).json["name"] == "blog"

    asyncio.run(scenario())
