"""What every router must do, run over every back end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from bluegreen.core.errors import PermanentError
from bluegreen.core.model import Color, Route, Traffic
from bluegreen.routers.base import Backend, Internal, Mirror, Paths, Router, Routing, StaleEpoch, Sticky
from tests.ports import free_port
from tests.routers.bind_setup import name_servers
from tests.routers.device import device_commands
from tests.routers.haproxy_setup import RunningHaproxy, application, needs_haproxy
from tests.routers.nginx_setup import nginx

BLUE = {Color.BLUE: 100}
GREEN = {Color.GREEN: 100}


Make = Callable[[], Router]


def _load(name: str) -> Callable[..., Router]:
    (entry,) = entry_points(group="bluegreen.routers", name=name)
    return entry.load()  # type: ignore[no-any-return]


def _default(name: str, folder: Path) -> Iterator[Make]:
    yield lambda: _load(name)(folder)


def _command(name: str, folder: Path) -> Iterator[Make]:
    spec = device_commands(folder, weighted=True)
    yield lambda: _load(name)(folder, spec)


def _haproxy(name: str, folder: Path) -> Iterator[Make]:
    needs_haproxy()
    proxy = RunningHaproxy(folder)
    proxy.configure([application(app, free_address(), proxy.spec) for app in ("shop", "blog")])
    proxy.start()
    yield lambda: _load(name)(folder, proxy.spec)
    proxy.stop()


def _nginx(name: str, folder: Path) -> Iterator[Make]:
    with nginx(folder) as server:
        yield lambda: _load(name)(folder, server.settings)


def _dns(name: str, folder: Path) -> Iterator[Make]:
    with name_servers(folder) as servers:
        yield lambda: _load(name)(folder, servers.spec("{app}"))


FACTORIES: Mapping[str, Callable[[str, Path], Iterator[Make]]] = {
    "memory": _default,
    "envoy": _default,
    "command": _command,
    "haproxy": _haproxy,
    "nginx": _nginx,
    "dns": _dns,
}


@pytest.fixture(params=FACTORIES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    yield from FACTORIES[request.param](request.param, tmp_path)


def needs(router: Router, *abilities: str) -> None:
    """Skip what a back end says itself that it is not able to do."""
    for ability in abilities:
        if not getattr(router.abilities, ability):
            pytest.skip(f"it declares that it is not able to {ability}")


@pytest.fixture
def members() -> Iterator[list[str]]:
    """Addresses of four sockets that listen, which is all that an instance does here."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
    yield [f"127.0.0.1:{s.getsockname()[1]}" for s in sockets]
    for s in sockets:
        s.close()


@asynccontextmanager
async def running(make: Callable[[], Router]) -> AsyncIterator[Router]:
    router = make()
    await router.start()
    try:
        yield router
    finally:
        await router.remove(None)
        await router.close()


def free_address() -> str:
    return f"127.0.0.1:{free_port()}"


def shop(members: list[str], app: str = "shop", address: str | None = None) -> Routing:
    """Blue with release 1 and green with release 2."""
    backends = (
        Backend(f"{app}/blue/1/web", (members[0],), Color.BLUE, 1),
        Backend(f"{app}/green/2/web", (members[1],), Color.GREEN, 2),
    )
    paths = {
        Color.BLUE: Paths({"/": f"{app}/blue/1/web"}),
        Color.GREEN: Paths({"/": f"{app}/green/2/web"}),
    }
    return Routing(app, address or free_address(), backends=backends, paths=paths)


def test_a_route_is_read_back_as_it_was_set(make: Callable[[], Router], members: list[str]) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            assert await router.route("shop") is None
            await router.prepare(shop(members))
            assert await router.route("shop") is None
            split = [Route(2, {Color.BLUE: 95, Color.GREEN: 5})] if router.abilities.weighted else []
            for route in (Route(1, BLUE), *split, Route(3, GREEN), Route(7, BLUE)):
                confirmation = await router.set_route("shop", route, Route(route.epoch + 1, BLUE))
                assert confirmation.route == route
                assert set(confirmation.traffic) == {"shop/blue/1/web", "shop/green/2/web"}
                assert await router.route("shop") == route

    asyncio.run(scenario())


def test_setting_the_same_route_again_changes_nothing(make: Callable[[], Router], members: list[str]) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            await router.prepare(shop(members))
            for _ in range(2):
                await router.set_route("shop", Route(4, BLUE), None)
            assert await router.route("shop") == Route(4, BLUE)

    asyncio.run(scenario())


@pytest.mark.parametrize("stale", [Route(2, GREEN), Route(3, BLUE)])
def test_an_older_epoch_is_refused(make: Callable[[], Router], members: list[str], stale: Route) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            await router.prepare(shop(members))
            await router.set_route("shop", Route(3, GREEN), None)
            with pytest.raises(StaleEpoch) as refused:
                await router.set_route("shop", stale, None)
            assert (refused.value.told, refused.value.has) == (stale.epoch, 3)
            assert await router.route("shop") == Route(3, GREEN)

    asyncio.run(scenario())


def test_a_route_to_an_environment_without_paths_is_refused(make: Callable[[], Router], members: list[str]) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            routing = shop(members)
            blue_only = replace(routing, paths={Color.BLUE: routing.paths[Color.BLUE]})
            await router.prepare(blue_only)
            await router.set_route("shop", Route(1, BLUE), None)
            with pytest.raises(PermanentError, match="green"):
                await router.set_route("shop", Route(2, GREEN), None)
            assert await router.route("shop") == Route(1, BLUE)

    asyncio.run(scenario())


def test_an_application_that_was_never_prepared_has_no_route(make: Callable[[], Router]) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            with pytest.raises(PermanentError, match="shop"):
                await router.set_route("shop", Route(1, BLUE), None)

    asyncio.run(scenario())


def test_a_backend_that_the_route_names_may_not_be_left_out(make: Callable[[], Router], members: list[str]) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            routing = shop(members)
            await router.prepare(routing)
            await router.set_route("shop", Route(1, BLUE), None)
            with pytest.raises(PermanentError, match="blue"):
                await router.prepare(replace(routing, paths={Color.GREEN: routing.paths[Color.GREEN]}))
            with pytest.raises(PermanentError, match="shop/blue/1/web"):
                await router.prepare(replace(routing, backends=routing.backends[1:]))
            assert set(await router.traffic("shop")) == {"shop/blue/1/web", "shop/green/2/web"}

    asyncio.run(scenario())


def test_an_internal_listener_needs_a_backend_that_is_there(make: Callable[[], Router], members: list[str]) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            internal = Internal("shop/blue/api", free_address(), "shop/blue/1/api")
            with pytest.raises(PermanentError, match="shop/blue/1/api"):
                await router.prepare(replace(shop(members), internals=(internal,)))

    asyncio.run(scenario())


def test_hosts_of_two_applications_may_not_overlap(make: Callable[[], Router], members: list[str]) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            mine = replace(shop(members), hosts=("shop.example.com",))
            await router.prepare(mine)
            other = shop(members, "blog", mine.address)
            with pytest.raises(PermanentError, match="overlap"):
                await router.prepare(other)
            with pytest.raises(PermanentError, match="overlap"):
                await router.prepare(replace(other, hosts=("blog.example.com", "shop.example.com")))
            with pytest.raises(PermanentError, match="overlap"):
                await router.prepare(replace(other, hosts=("*.example.com",)))
            await router.prepare(replace(other, hosts=("blog.example.com",)))
            await router.set_route("blog", Route(5, GREEN), None)
            assert await router.route("blog") == Route(5, GREEN)
            assert await router.route("shop") is None

    asyncio.run(scenario())


def test_epochs_of_applications_are_their_own(make: Callable[[], Router], members: list[str]) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            await router.prepare(shop(members, "shop"))
            await router.prepare(shop(members[2:], "blog"))
            await router.set_route("shop", Route(9, BLUE), Route(10, GREEN))
            await router.set_route("blog", Route(1, GREEN), None)
            assert await router.route("shop") == Route(9, BLUE)
            assert await router.route("blog") == Route(1, GREEN)

    asyncio.run(scenario())


def test_traffic_counts_healthy_members_of_what_is_prepared(make: Callable[[], Router], members: list[str]) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            assert await router.traffic("shop") == {}
            routing = shop(members)
            two = replace(routing.backends[0], endpoints=tuple(members[:2]))
            await router.prepare(replace(routing, backends=(two, routing.backends[1])))
            traffic = await router.traffic("shop")
            assert traffic["shop/blue/1/web"].healthy == 2
            assert traffic["shop/green/2/web"].healthy == 1
            assert traffic["shop/blue/1/web"].requests == 0
            assert traffic["shop/blue/1/web"].counted is router.abilities.measure
            await router.prepare(replace(routing, backends=routing.backends[:1], paths={}))
            assert set(await router.traffic("shop")) == {"shop/blue/1/web"}

    asyncio.run(scenario())


def test_a_measurement_has_every_backend_of_every_application(make: Callable[[], Router], members: list[str]) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            needs(router, "measure")
            assert (await router.measure()).backends == {}
            routing = shop(members, "shop")
            await router.prepare(routing)
            await router.prepare(shop(members[2:], "blog"))
            await router.set_route("shop", Route(1, BLUE), None)
            first = await router.measure()
            assert set(first.backends) == {
                f"{app}/{rest}" for app in ("shop", "blog") for rest in ("blue/1/web", "green/2/web")
            }
            for measured in first.backends.values():
                assert measured.traffic == Traffic(healthy=1)
                assert measured.times == {}
            await router.prepare(
                replace(routing, backends=routing.backends[:1], paths={Color.BLUE: routing.paths[Color.BLUE]})
            )
            await router.remove("blog")
            second = await router.measure()
            assert set(second.backends) == {"shop/blue/1/web"}
            assert second.at >= first.at

    asyncio.run(scenario())


def test_who_may_be_named_and_who_stays_where_leave_the_route_alone(
    make: Callable[[], Router], members: list[str]
) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            needs(router, "sticky", "pinned", "preview_key", "preview")
            sticky = Sticky(Color.GREEN, {Color.BLUE: "r1.3", Color.GREEN: "r2.3"}, (10, 100))
            more = {"preview": Color.GREEN, "preview_key": "a-key-of-some-length", "pinned": {Color.BLUE: "r1"}}
            routing = replace(shop(members), sticky=sticky, **more)
            await router.prepare(routing)
            steps = Route(1, BLUE), Route(2, {Color.BLUE: 90, Color.GREEN: 10}), Route(3, GREEN), Route(4, BLUE)
            for route in steps:
                assert (await router.set_route("shop", route, Route(route.epoch + 1, BLUE))).route == route
                assert await router.route("shop") == route
            await router.prepare(replace(routing, sticky=None, pinned={}, preview_key=None))
            assert await router.route("shop") == Route(4, BLUE)
            assert set((await router.measure()).backends) == {"shop/blue/1/web", "shop/green/2/web"}

    asyncio.run(scenario())


def test_copies_of_requests_leave_the_route_and_the_counters_alone(
    make: Callable[[], Router], members: list[str]
) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            needs(router, "mirror")
            routing = shop(members)
            mirrored = replace(routing, mirror=Mirror(members[2], 12.5, ("GET", "POST"), ("/v1",), ("cookie",)))
            await router.prepare(mirrored)
            await router.set_route("shop", Route(1, BLUE), None)
            # On and off while users are served, with nobody at the other end too.
            for wanted in (routing, mirrored, replace(mirrored, mirror=Mirror(free_address(), 100.0)), routing):
                await router.prepare(wanted)
                assert await router.route("shop") == Route(1, BLUE)
                assert set(await router.traffic("shop")) == {"shop/blue/1/web", "shop/green/2/web"}
                assert set((await router.measure()).backends) == {"shop/blue/1/web", "shop/green/2/web"}
            await router.prepare(mirrored)
            await router.set_route("shop", Route(2, {Color.BLUE: 90, Color.GREEN: 10}), Route(3, BLUE))
            assert (await router.set_route("shop", Route(3, BLUE), None)).route == Route(3, BLUE)

    asyncio.run(scenario())


def test_samples_of_answers_leave_the_route_and_the_counters_alone(
    make: Callable[[], Router], members: list[str]
) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            needs(router, "sample")
            routing = shop(members)
            sampled = replace(routing, sampled=12.5, sampled_paths=("/v1",))
            await router.prepare(sampled)
            await router.set_route("shop", Route(1, BLUE), None)
            # At any rate while users are served, with nobody who takes them too.
            for wanted in (routing, sampled, replace(routing, sampled=100.0), replace(routing, sampled=0.01)):
                await router.prepare(wanted)
                assert await router.route("shop") == Route(1, BLUE)
                assert set(await router.traffic("shop")) == {"shop/blue/1/web", "shop/green/2/web"}
            await router.prepare(sampled)
            await router.set_route("shop", Route(2, {Color.BLUE: 90, Color.GREEN: 10}), Route(3, BLUE))
            assert (await router.set_route("shop", Route(3, BLUE), None)).route == Route(3, BLUE)

    asyncio.run(scenario())


def test_a_removed_application_is_forgotten(make: Callable[[], Router], members: list[str]) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            routing = shop(members)
            await router.prepare(routing)
            await router.set_route("shop", Route(3, BLUE), None)
            await router.remove("shop")
            await router.remove("shop")
            assert await router.route("shop") is None
            assert await router.traffic("shop") == {}
            await router.prepare(routing)
            assert await router.route("shop") is None

    asyncio.run(scenario())


def test_nobody_is_served_on_request(make: Callable[[], Router], members: list[str]) -> None:
    async def scenario() -> None:
        async with running(make) as router:
            await router.prepare(shop(members))
            await router.set_route("shop", Route(1, BLUE), None)
            await router.set_route("shop", Route(2), None)
            assert await router.route("shop") == Route(2)

    asyncio.run(scenario())
