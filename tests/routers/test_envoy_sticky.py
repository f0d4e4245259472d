"""Users stay with the release that they were assigned to, and the shares are what was asked for all the same."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
from envoy_setup import BLUE, GREEN, Answer, Connection, ask, free_address, load, running, shop
from tiny_upstream import upstream

from bluegreen.core.model import Color, Route
from bluegreen.core.spec import Tls
from bluegreen.routers.base import Paths, Routing, Sticky
from bluegreen.routers.envoy.part import Part
from bluegreen.routers.envoy.routes import public

STICKY = Sticky(Color.GREEN, {Color.BLUE: "r1.7", Color.GREEN: "r2.7"}, (10, 50, 100))
FLAGS = "Path=/; HttpOnly; SameSite=Lax"
MANY = 3000


def split(epoch: int, new: int) -> Route:
    return Route(epoch, {Color.BLUE: 100 - new, Color.GREEN: new})


async def assigned(connection: Connection, cookie: str | None = None) -> tuple[str, str | None]:
    """Who answered, and the cookie that was set."""
    answer = await connection.request("GET", "/", {"cookie": cookie} if cookie else None)
    given = answer.headers.get("set-cookie")
    assert (given is None) == ("cache-control" not in answer.headers)
    if given is not None:
        assert given.endswith(f"; {FLAGS}")
        assert answer.headers["cache-control"] == "private, no-store"
    return answer.json["name"], given.partition(";")[0] if given else None


def is_near(count: int, share: float, of: int) -> bool:
    """Within six standard deviations of what is expected: wrong by chance less than once in 10^8 times."""
    return abs(count - share * of) <= 6 * (of * share * (1 - share)) ** 0.5


def test_users_are_assigned_by_share_and_again_as_it_grows(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, sticky=STICKY)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                connection = Connection(routing.address)
                await router.set_route("shop", split(2, 10), Route(3, BLUE))
                first = [await assigned(connection) for _ in range(MANY)]
                assert set(first) == {("blue", "bluegreen-shop=r1.7.0"), ("green", "bluegreen-shop=r2.7")}
                new = Counter(first)[("green", "bluegreen-shop=r2.7")]
                assert is_near(new, 0.10, MANY)
                # Who has one keeps it, and is told nothing any more.
                for name, cookie in (("blue", "bluegreen-shop=r1.7.0"), ("green", "bluegreen-shop=r2.7")):
                    assert {await assigned(connection, cookie) for _ in range(100)} == {(name, None)}

                await router.set_route("shop", split(3, 50), Route(4, BLUE))
                second = []
                for _, cookie in first:
                    name, given = await assigned(connection, cookie)
                    second.append((name, given or cookie))
                assert set(second) == {("blue", "bluegreen-shop=r1.7.1"), ("green", "bluegreen-shop=r2.7")}
                moved = Counter(second)[("green", "bluegreen-shop=r2.7")] - new
                assert is_near(moved, 40 / 90, MANY - new)
                # Nobody went back, and all of the old one's were given a new cookie.
                pairs = zip(first, second, strict=True)
                assert {after[0] for before, after in pairs if before[0] == "green"} == {"green"}
                fresh = Counter([(await assigned(connection))[0] for _ in range(MANY)])
                assert is_near(fresh["green"], 0.50, MANY)
                connection.close()

    asyncio.run(scenario())


def test_a_step_that_was_left_out_is_made_up_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, sticky=replace(STICKY, steps=(1, 10, 50, 75)))
                await router.prepare(routing)
                await router.set_route("shop", split(1, 75), None)
                connection = Connection(routing.address)
                for step, share in enumerate((1, 10, 50)):
                    cookie = f"bluegreen-shop=r1.7.{step}"
                    found = Counter([await assigned(connection, cookie) for _ in range(1000)])
                    assert set(found) == {("blue", "bluegreen-shop=r1.7.3"), ("green", "bluegreen-shop=r2.7")}
                    assert is_near(found[("green", "bluegreen-shop=r2.7")], (75 - share) / (100 - share), 1000)
                # A share that was taken back leaves everybody where they are.
                await router.set_route("shop", split(2, 10), None)
                assert await assigned(connection, "bluegreen-shop=r1.7.3") == ("blue", None)
                assert await assigned(connection, "bluegreen-shop=r2.7") == ("green", None)
                connection.close()

    asyncio.run(scenario())


def test_only_the_whole_cookie_counts(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, sticky=replace(STICKY, steps=(1, 100)))
                await router.prepare(routing)
                await router.set_route("shop", split(1, 1), None)
                for cookies in (
                    "a=b; bluegreen-shop=r2.7",
                    "bluegreen-shop=r2.7;a=b",
                    'a="x y"; bluegreen-shop=r2.7; c=d',
                ):
                    for method in ("GET", "POST"):
                        answer = await ask(routing.address, "/x", method, cookie=cookies)
                        assert answer.json["name"] == "green", cookies
                        assert "set-cookie" not in answer.headers
                        assert answer.json["headers"]["cookie"] == cookies
                strangers = (
                    "xbluegreen-shop=r2.7",
                    "bluegreen-shop=r2.70",
                    "bluegreen-shop=r2x7",
                    "bluegreen-shop=r1.6.0",
                    "bluegreen-shop=r1.7",
                    "bluegreen-shop=r1.7.9",
                    "a=bluegreen-shop=r2.7",
                    "bluegreen-blog=r2.7",
                    "bluegreen-shop=",
                )
                for cookies in strangers:
                    assert "set-cookie" in (await ask(routing.address, cookie=cookies)).headers, cookies

    asyncio.run(scenario())


async def ask_in_crumbs(address: str, *cookies: str) -> dict[str, str]:
    """The head of the answer to a request over HTTP/2, with a header field for each cookie, as browsers send them."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    connection.initiate_connection()
    head = [(":method", "GET"), (":scheme", "http"), (":authority", "shop.example.com"), (":path", "/")]
    connection.send_headers(1, [*head, *(("cookie", cookie) for cookie in cookies)], end_stream=True)
    while True:
        writer.write(connection.data_to_send())
        for event in connection.receive_data(await reader.read(65536)):
            if isinstance(event, h2.events.ResponseReceived):
                writer.close()
                return {str(name): str(value) for name, value in event.headers or []}


def test_a_cookie_in_a_header_field_of_its_own_counts(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, sticky=STICKY)
                await router.prepare(routing)
                await router.set_route("shop", split(1, 50), None)
                for _ in range(20):
                    assert "set-cookie" not in await ask_in_crumbs(routing.address, "a=b", "bluegreen-shop=r2.7", "c=d")
                assert "set-cookie" in await ask_in_crumbs(routing.address, "a=b", "c=d")
                assert (await router.traffic("shop"))["shop/green/2/web"].requests in (20, 21)

    asyncio.run(scenario())


def test_the_application_s_own_cookies_stay_and_its_caching_does_not(tmp_path: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = "set-cookie: theirs=1\r\ncache-control: public, max-age=60\r\ncontent-length: 0\r\nconnection: close"
        writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode())
        writer.close()

    async def raw(address: str, cookie: str = "") -> str:
        host, _, port = address.rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET / HTTP/1.1\r\nhost: a.b\r\nconnection: close\r\n{cookie}\r\n".encode())
        text = (await reader.read()).decode().lower()
        writer.close()
        return text

    async def scenario() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
            async with running(tmp_path) as router:
                routing = shop(address, address, sticky=STICKY)
                await router.prepare(routing)
                await router.set_route("shop", split(1, 50), None)
                fresh = await raw(routing.address)
                assert fresh.count("set-cookie: ") == 2
                assert "set-cookie: theirs=1\r\n" in fresh
                assert fresh.count("cache-control: ") == 1
                assert "cache-control: private, no-store\r\n" in fresh
                known = await raw(routing.address, "cookie: bluegreen-shop=r2.7\r\n")
                assert known.count("set-cookie: ") == 1
                assert "cache-control: public, max-age=60\r\n" in known

    asyncio.run(scenario())


def test_a_route_that_is_not_split_knows_no_cookie(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, sticky=STICKY)
                await router.prepare(routing)
                await router.set_route("shop", split(1, 10), Route(2, BLUE))
                # Back by the file that was laid ready: everybody, whatever they were told.
                for epoch, route in ((2, BLUE), (3, GREEN)):
                    await router.set_route("shop", Route(epoch, route), Route(epoch + 1, BLUE))
                    (color,) = route
                    for value in ("r1.7.0", "r2.7", ""):
                        answer = await ask(routing.address, cookie=f"bluegreen-shop={value}")
                        assert answer.json["name"] == str(color)
                        assert not {"set-cookie", "cache-control"} & set(answer.headers)

    asyncio.run(scenario())


def test_a_split_without_sticky_or_of_another_share_knows_no_cookie(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, sticky=STICKY)
                await router.prepare(routing)
                await router.set_route("shop", split(1, 20), None)
                await router.prepare(replace(routing, sticky=None))
                assert "set-cookie" not in (await ask(routing.address, cookie="bluegreen-shop=r2.7")).headers
                await router.prepare(routing)
                assert "set-cookie" not in (await ask(routing.address)).headers
                await router.set_route("shop", split(2, 50), None)
                assert "set-cookie" in (await ask(routing.address)).headers

    asyncio.run(scenario())


def test_what_only_one_environment_receives_assigns_nobody(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, sticky=STICKY)
                api = Paths({"/api": "shop/green/2/web"})
                await router.prepare(replace(routing, paths={**routing.paths, Color.GREEN: api}))
                await router.set_route("shop", split(1, 50), None)
                for cookie in ("bluegreen-shop=r2.7", "a=b"):
                    answer = await ask(routing.address, "/", cookie=cookie)
                    assert (answer.json["name"], "set-cookie" in answer.headers) == ("blue", False)
                assert (await ask(routing.address, "/api/x", cookie="bluegreen-shop=r2.7")).json["name"] == "green"
                assert "set-cookie" in (await ask(routing.address, "/api/x")).headers

    asyncio.run(scenario())


def test_a_cookie_keeps_its_user_while_the_other_requests_are_counted(tmp_path: Path) -> None:
    """Sticky requests are users' routed requests: they are counted, and a stream among them drains."""

    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, sticky=STICKY, failover=True)
                await router.prepare(routing)
                await router.set_route("shop", split(1, 10), Route(2, BLUE))
                for _ in range(5):
                    await ask(routing.address, cookie="bluegreen-shop=r2.7")
                traffic = (await router.traffic("shop"))["shop/green/2/web"]
                assert (traffic.requests, traffic.answered, traffic.explicit) == (5, 5, 0)
                # The new one dies: its users are served by the old one.
                green.die()
                answer: Answer | None = None
                while answer is None or answer.json["name"] == "green":
                    answer = await ask(routing.address, cookie="bluegreen-shop=r2.7")
                assert (answer.status, answer.json["name"]) == (200, "blue")

    asyncio.run(scenario())


def test_no_request_fails_over_many_shifts_with_everything_asked_for(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                more = {"preview": Color.GREEN, "preview_key": "a-key-of-some-length", "pinned": {Color.BLUE: "r1"}}
                routing = shop(blue.address, green.address, sticky=STICKY, failover=True, **more)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                async with load(routing.address) as users:
                    for epoch in range(2, 26, 4):
                        await router.set_route("shop", split(epoch, 10), Route(epoch + 1, BLUE))
                        await router.set_route("shop", split(epoch + 1, 50), Route(epoch + 2, BLUE))
                        await users.flow()
                        for after, (there, old) in enumerate(((GREEN, "blue/1"), (BLUE, "green/2")), 2):
                            back = BLUE if there == GREEN else GREEN
                            route, fallback = Route(epoch + after, there), Route(epoch + after + 1, back)
                            confirmed = await router.set_route("shop", route, fallback)
                            await users.flow()
                            web = f"shop/{old}/web"
                            traffic = (await router.traffic("shop"))[web]
                            assert traffic.requests == confirmed.traffic[web].requests, "served after confirmation"
                assert users.failures == []
                traffic = await router.traffic("shop")
                assert sum(t.answered for t in traffic.values()) == len(users.answers)
                assert sum(t.requests for t in traffic.values()) == len(users.answers)
                assert sum(t.failed + t.explicit for t in traffic.values()) == 0

    asyncio.run(scenario())


def secure_cookies(routing: Routing) -> list[bool]:
    found: list[bool] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("key") == "set-cookie":
                found.append("; Secure" in value["value"])
            for each in value.values():
                walk(each)
        if isinstance(value, list):
            for each in value:
                walk(each)

    walk(public(routing.address, [Part(routing, split(1, 50))]))
    return found


def test_the_cookie_is_secure_where_the_address_has_tls() -> None:
    routing = shop("127.0.0.1:1", "127.0.0.1:2", sticky=STICKY, address=free_address())
    assert set(secure_cookies(routing)) == {False}
    assert set(secure_cookies(replace(routing, tls=Tls("cert.pem", "key.pem")))) == {True}
