"""A real HAProxy: who gets users, what is counted, and everything that anybody may do to it meanwhile."""

from __future__ import annotations

import asyncio
import errno
import http.client
import json
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.routers.envoy_setup import eventually, free_address
from tests.routers.haproxy_setup import RunningHaproxy, needs_haproxy
from tests.routers.tiny_upstream import Upstream, upstream

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Color, Route, Traffic
from bluegreen.core.spec import AppSpec, Component
from bluegreen.routers.base import Backend, Paths, Routing
from bluegreen.routers.haproxy import files
from bluegreen.routers.haproxy.router import HaproxyRouter

BLUE, GREEN = {Color.BLUE: 100}, {Color.GREEN: 100}


class Place:
    """HAProxy with the shop in it, and three instances."""

    def __init__(self, proxy: RunningHaproxy, one: Upstream, two: Upstream, three: Upstream) -> None:
        self.proxy, self.one, self.two, self.three = proxy, one, two, three
        self.address = free_address()
        components = (Component("web", "run", receives=("/",)), Component("api", "run", receives=("/api",)))
        self.app = AppSpec("shop", self.address, components, hosts=("shop.example.com",), router=proxy.spec)
        proxy.configure([self.app])
        proxy.start()

    def routing(self, green: int = 2, **green_only: str) -> Routing:
        """Blue with `one`; green with `two`, and further components of it as they are named."""
        backends = [
            Backend("shop/blue/1/web", (self.one.address,), Color.BLUE, 1),
            Backend(f"shop/green/{green}/web", (self.two.address,), Color.GREEN, 2),
            *(Backend(f"shop/green/{green}/{name}", (at,), Color.GREEN, 2) for name, at in green_only.items()),
        ]
        blue = Paths({"/": "shop/blue/1/web"})
        more = {f"/{name}": f"shop/green/{green}/{name}" for name in green_only}
        paths = {Color.BLUE: blue, Color.GREEN: Paths({"/": f"shop/green/{green}/web", **more})}
        return Routing("shop", self.address, ("shop.example.com",), backends=tuple(backends), paths=paths)

    @asynccontextmanager
    async def router(self) -> AsyncIterator[HaproxyRouter]:
        router = HaproxyRouter(self.proxy.folder, self.proxy.spec)
        await router.start()
        try:
            yield router
        finally:
            await router.close()

    async def get(self, path: str = "/", host: str = "shop.example.com") -> str:
        """Which instance answers; a status where that is not 200."""
        return await asyncio.to_thread(self._get, path, host)

    def _get(self, path: str, host: str) -> str:
        asked = urllib.request.Request(f"http://{self.address}{path}", headers={"host": host})
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                name = str(json.load(answer)["name"])
            return name
        except urllib.error.HTTPError as error:
            return str(error.code)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    needs_haproxy()
    proxy = RunningHaproxy(tmp_path)
    with upstream("one") as one, upstream("two") as two, upstream("three") as three:
        try:
            yield Place(proxy, one, two, three)
        finally:
            proxy.stop()


def test_users_go_by_route_path_and_host(place: Place) -> None:
    async def scenario() -> None:
        async with place.router() as router:
            await router.prepare(place.routing(api=place.three.address))
            assert await place.get() == "503"  # nobody is served yet
            await router.set_route("shop", Route(1, BLUE), None)
            # Blue's release has no such component: its web server takes these as well.
            assert [await place.get(path) for path in ("/", "/api/x", "/apis")] == ["one", "one", "one"]
            await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
            assert [await place.get(path) for path in ("/", "/api/x", "/api", "/apis")] == [
                "two",
                "three",
                "three",
                "two",
            ]
            assert await place.get(host="shop.example.com:8080") == "two"
            assert await place.get(host="other.example.com") == "503"
            await router.set_route("shop", Route(3, {Color.BLUE: 50, Color.GREEN: 50}), None)
            seen = Counter([await place.get() for _ in range(60)])
            assert set(seen) == {"one", "two"}
            await router.set_route("shop", Route(4), None)
            assert await place.get() == "503"

    asyncio.run(scenario())


def test_what_a_run_did_is_counted_from_its_beginning(place: Place) -> None:
    async def scenario() -> None:
        async with place.router() as router:
            await router.prepare(place.routing())
            await router.set_route("shop", Route(1, GREEN), None)
            for path in ("/", "/", "/fail"):
                await place.get(path)
            with pytest.raises(http.client.IncompleteRead):
                await place.get("/cut")
            waiting = asyncio.create_task(place.get("/wait/1500"))
            found = Traffic()

            async def is_under_way() -> bool:
                nonlocal found
                found = (await router.measure()).backends["shop/green/2/web"].traffic
                return found.active == 1

            await eventually(is_under_way)
            assert (found.requests, found.failed, found.answered) == (5, 2, 4)
            await waiting
            # The next run of the same colour is at the same address, and has done nothing.
            await router.prepare(place.routing(green=7))
            assert (await router.traffic("shop"))["shop/green/7/web"] == Traffic(healthy=1)
            await place.get()
        async with place.router() as again:
            await again.prepare(place.routing(green=7))
            assert (await again.traffic("shop"))["shop/green/7/web"] == Traffic(requests=1, answered=1, healthy=1)

    asyncio.run(scenario())


def test_haproxy_comes_back_by_itself_with_the_route_and_the_instances(place: Place) -> None:
    async def scenario() -> None:
        async with place.router() as router:
            await router.prepare(place.routing())
            await router.set_route("shop", Route(4, GREEN), Route(5, BLUE))
        for again in (place.proxy.reload, lambda: (place.proxy.stop(), place.proxy.start())):
            again()  # without any controller
            assert await place.get() == "two"
        async with place.router() as router:
            assert await router.route("shop") == Route(4, GREEN)

    asyncio.run(scenario())


def test_haproxy_that_is_gone_in_the_middle_of_a_switch_has_the_new_route_when_it_returns(place: Place) -> None:
    async def scenario() -> None:
        async with place.router() as router:
            await router.prepare(place.routing())
            await router.set_route("shop", Route(1, BLUE), Route(2, GREEN))
            put = router._proxy.put

            async def dies(key: str, value: str, entries: Any) -> None:
                place.proxy.stop()
                await put(key, value, entries)

            router._proxy.put = dies  # type: ignore[method-assign]
            with pytest.raises(TemporaryError, match="HAProxy does not answer"):
                await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
            with pytest.raises(TemporaryError):
                await router.route("shop")
            place.proxy.start()
            assert await place.get() == "two"
            router._proxy.put = put  # type: ignore[method-assign]
            confirmation = await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
            assert confirmation.route == await router.route("shop") == Route(2, GREEN)

    asyncio.run(scenario())


def test_what_somebody_undid_is_made_true_again(place: Place) -> None:
    async def scenario() -> None:
        async with place.router() as router:
            await router.prepare(place.routing())
            await router.set_route("shop", Route(4, GREEN), Route(5, BLUE))
            place.proxy.ask(f"set map {place.proxy.spec.folder}/routes.map shop 3/100/0")
            place.proxy.ask("set server shop.green.web/s1 state maint")

            async def is_mended() -> bool:
                return await router.route("shop") == Route(4, GREEN) and await place.get() == "two"

            await eventually(is_mended)

    asyncio.run(scenario())


def test_a_way_back_needs_no_free_disk_space(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def scenario() -> None:
        async with place.router() as router:
            await router.prepare(place.routing())
            await router.set_route("shop", Route(1, BLUE), Route(2, GREEN))
            await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
            monkeypatch.setattr(files, "replace_file", full)
            await router.set_route("shop", Route(3, BLUE), Route(4, GREEN))
            assert await place.get() == "one"
            place.proxy.reload()
            assert await place.get() == "one"
            with pytest.raises(TemporaryError, match="cannot be written"):  # that is no way back
                await router.set_route("shop", Route(4, GREEN), Route(5, BLUE))
            assert await router.route("shop") == Route(3, BLUE)

    asyncio.run(scenario())


def test_an_instance_that_is_ill_gets_no_users(place: Place) -> None:
    async def scenario() -> None:
        async with place.router() as router:
            await router.prepare(place.routing())
            await router.set_route("shop", Route(1, BLUE), None)
            place.two.die()
            with pytest.raises(PermanentError, match="shop/green/2/web"):
                await router.set_route("shop", Route(2, GREEN), None)
            with pytest.raises(TemporaryError, match="shop/green/3/web"):
                await router.prepare(place.routing(green=3))
            assert await place.get() == "one"

    asyncio.run(scenario())


def test_what_its_configuration_lacks_is_named_with_the_cure(place: Place) -> None:
    async def scenario() -> None:
        async with place.router() as router:
            routing = place.routing()
            blog = [replace(b, name=b.name.replace("shop", "blog")) for b in routing.backends]
            with pytest.raises(PermanentError, match=r"no backend blog\.blue\.web") as error:
                await router.prepare(replace(routing, app="blog", address="x:1", backends=tuple(blog), paths={}))
            assert "bluegreen router init haproxy" in error.value.cure
            many = replace(routing.backends[0], endpoints=tuple(f"127.0.0.1:{port}" for port in range(20, 30)))
            with pytest.raises(PermanentError, match="too few for 10 instances"):
                await router.prepare(replace(routing, backends=(many, routing.backends[1])))
            with pytest.raises(PermanentError, match="another controller"):
                await HaproxyRouter(place.proxy.folder, place.proxy.spec).start()
        elsewhere = replace(place.proxy.spec, folder=str(place.proxy.folder))
        with pytest.raises(PermanentError, match="knows no map"):
            await HaproxyRouter(place.proxy.folder, elsewhere).start()

    asyncio.run(scenario())
