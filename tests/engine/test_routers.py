"""A router for each application: who is told what, and what the two tell together."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen.core.errors import InvalidInput, TemporaryError
from bluegreen.core.events import ReleaseCreated
from bluegreen.core.model import Color, Release, Route, Traffic
from bluegreen.core.router_specs import Commands, Haproxy, RouterSpec
from bluegreen.engine.fit import refuse_unless_it_fits
from bluegreen.engine.routers import Routers
from bluegreen.journal.codec import decode, encode
from bluegreen.routers.base import Backend, Internal, Measurement, Mirror, Paths, Routing
from bluegreen.routers.memory import MemoryRouter
from tests.engine.harness import Machine, spec
from tests.engine.virtual_time import run

HAPROXY = Haproxy(socket="/run/one.sock")
COMMANDS = Commands("set", "get", "drain")
WEB, CACHE = "shop/blue/1/web", "shop/shared/1/cache"


def shop(router: RouterSpec | None) -> Routing:
    backends = (
        Backend(WEB, ("127.0.0.1:1",), Color.BLUE, 1),
        Backend("shop/blue/1/worker", ("127.0.0.1:2",), Color.BLUE, 1, receives=False),
        Backend(CACHE, ("127.0.0.1:3",), None, 1, receives=False),
    )
    return Routing(
        "shop",
        "127.0.0.1:8080",
        backends=backends,
        paths={Color.BLUE: Paths({"/": WEB})},
        preview_address="127.0.0.1:8081",
        preview=Color.BLUE,
        internals=(Internal("shop/blue/worker", "127.0.0.1:8082", "shop/blue/1/worker"),),
        preview_key="a-key-of-some-length",
        mirror=Mirror("127.0.0.1:4", 10.0),
        sampled=5.0,
        router=router,
    )


class _Told(MemoryRouter):
    """Remembers what it was told."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.routings: list[Routing] = []
        self.started = 0

    async def start(self) -> None:
        self.started += 1

    async def prepare(self, routing: Routing) -> None:
        self.routings.append(routing)
        await super().prepare(routing)


class World:
    """The default router, others by their settings, and what the journal says of each application."""

    def __init__(self, home: Path) -> None:
        self.envoy = _Told(home)
        self.others: dict[RouterSpec, _Told] = {}
        self.journal: dict[str, RouterSpec | None] = {}
        self.home = home

    def routers(self) -> Routers:
        return Routers(self.envoy, self.home, self.journal.get, make=self.make)

    def make(self, router: RouterSpec) -> _Told:
        other = self.others.setdefault(router, _Told(self.home))
        # The abilities of a back end are those of its settings.
        other.abilities = router.abilities
        return other


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_users_are_moved_by_the_router_of_the_file_and_everything_else_stays_with_ours(world: World) -> None:
    async def scenario() -> None:
        routers = world.routers()
        await routers.start()
        await routers.prepare(shop(HAPROXY))
        await routers.set_route("shop", Route(1, {Color.BLUE: 100}), None)
        other = world.others[HAPROXY]
        assert (world.envoy.started, other.started) == (1, 1)
        inner, users = world.envoy.routings[-1], other.routings[-1]
        assert (inner.address, inner.mirror, inner.sampled, inner.preview_key) == (None, None, 0.0, None)
        assert inner.internals == shop(None).internals
        assert (inner.preview_address, inner.preview) == ("127.0.0.1:8081", Color.BLUE)
        assert (users.address, users.preview_address, users.internals) == ("127.0.0.1:8080", None, ())
        assert [backend.name for backend in users.backends] == [WEB]
        assert (users.mirror, users.sampled, users.preview_key) == (None, 0.0, None)
        assert await other.route("shop") == await routers.route("shop") == Route(1, {Color.BLUE: 100})
        assert await world.envoy.route("shop") is None

    run(scenario())


def test_an_application_without_one_has_the_default_router_alone(world: World) -> None:
    async def scenario() -> None:
        routers = world.routers()
        await routers.prepare(shop(None))
        await routers.set_route("shop", Route(1, {Color.BLUE: 100}), None)
        assert world.envoy.routings == [shop(None)]
        assert not world.others

    run(scenario())


def test_both_count_and_who_is_healthy_is_what_the_router_of_the_users_says(world: World) -> None:
    async def scenario() -> None:
        routers = world.routers()
        await routers.prepare(shop(HAPROXY))
        world.envoy.counters = {WEB: Traffic(requests=3, active=1, answered=2), CACHE: Traffic(requests=7)}
        other = world.others[HAPROXY]
        other.counters = {WEB: Traffic(requests=10, failed=2, active=4, answered=9)}
        wanted = Traffic(requests=13, failed=2, active=5, healthy=1, answered=11)
        traffic = await routers.traffic("shop")
        assert traffic[WEB] == wanted
        assert traffic[CACHE].requests == 7
        confirmation = await routers.set_route("shop", Route(1, {Color.BLUE: 100}), None)
        assert confirmation.traffic == traffic
        assert (await routers.measure()).backends[WEB].traffic == wanted

    run(scenario())


def test_what_cannot_be_measured_is_left_out_and_never_looks_idle(world: World) -> None:
    async def scenario() -> None:
        routers = world.routers()
        await routers.prepare(shop(HAPROXY))
        blog = replace(shop(None), app="blog", address="127.0.0.1:9", backends=(), paths={}, internals=())
        await routers.prepare(replace(blog, backends=(Backend("blog/blue/1/web", ("x:1",), Color.BLUE, 1),)))

        async def fails() -> Measurement:
            raise TemporaryError("it does not answer")

        async def hangs() -> Measurement:
            await asyncio.sleep(3600)
            raise AssertionError

        for ill in (fails, hangs):
            world.others[HAPROXY].measure = ill  # type: ignore[method-assign]
            assert set((await routers.measure()).backends) == {CACHE, "blog/blue/1/web"}

    run(scenario())


def test_a_restarted_controller_asks_the_router_that_the_journal_names(world: World) -> None:
    async def scenario() -> None:
        await world.routers().prepare(shop(HAPROXY))
        await world.others[HAPROXY].set_route("shop", Route(6, {Color.BLUE: 100}), None)
        world.journal["shop"] = HAPROXY
        again = world.routers()
        assert await again.route("shop") == Route(6, {Color.BLUE: 100})
        await again.remove("shop")
        assert await world.others[HAPROXY].route("shop") is None
        assert await world.envoy.traffic("shop") == {}

    run(scenario())


def test_a_router_that_is_down_holds_up_nobody_else_and_is_tried_again(world: World) -> None:
    async def scenario() -> None:
        routers = world.routers()
        await routers.start()
        down, make = True, world.make

        def unwilling(router: RouterSpec) -> _Told:
            other = make(router)

            async def start() -> None:
                if down:
                    raise TemporaryError("HAProxy does not answer")

            other.start = start  # type: ignore[method-assign]
            return other

        routers._make = unwilling
        with pytest.raises(TemporaryError, match="does not answer"):
            await routers.prepare(shop(HAPROXY))
        await routers.prepare(replace(shop(None), app="blog", address="127.0.0.1:9", internals=()))
        down = False
        await routers.prepare(shop(HAPROXY))

    run(scenario())


@pytest.mark.parametrize("other", [HAPROXY, replace(HAPROXY, socket="/run/two.sock"), COMMANDS, None])
def test_the_router_of_a_running_application_cannot_change(tmp_path: Path, other: RouterSpec | None) -> None:
    async def scenario() -> None:
        machine = Machine(tmp_path)
        controller = await machine.controller()
        controller.engine.services.router._make = lambda router: MemoryRouter(tmp_path)  # type: ignore[attr-defined]
        plain = spec(router=HAPROXY, watch=None)
        await controller.deploy(plain)
        await controller.settle()
        states = {"shop": controller.state}
        router = controller.engine.services.router
        if other == HAPROXY:
            return refuse_unless_it_fits(replace(plain, router=other), states, router)
        with pytest.raises(InvalidInput, match="HAProxy; it cannot change") as error:
            refuse_unless_it_fits(replace(plain, router=other), states, router)
        assert "bluegreen down" in error.value.cure

    run(scenario())


@pytest.mark.parametrize("router", [HAPROXY, COMMANDS])
def test_a_specification_with_a_router_outlives_the_journal(router: RouterSpec) -> None:
    event = ReleaseCreated(Release(1, "d", "a", spec(router=router)))
    assert decode(event.kind, encode(event)) == event
