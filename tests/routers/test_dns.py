"""Switching by DNS, with two real name servers: one atomic update, read back from both, and held for the caches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from bind_setup import KEY, NameServers, name_servers
from envoy_setup import BLUE, GREEN, eventually, shop
from tiny_upstream import upstream

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Color, Route, Traffic
from bluegreen.core.router_specs import Dns
from bluegreen.routers.base import StaleEpoch
from bluegreen.routers.dns.query import ask
from bluegreen.routers.dns.router import DnsRouter
from bluegreen.routers.dns.told import marker_text
from bluegreen.routers.dns.update import Outdated, update

OLD, NEW = "shop/blue/1/web", "shop/green/2/web"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NameServers]:
    with name_servers(tmp_path_factory.mktemp("names")) as both:
        yield both


@pytest.fixture
def spec(servers: NameServers, request: pytest.FixtureRequest) -> Dns:
    """A name of its own for each test."""
    return servers.spec(request.node.name.replace("_", "-")[:40].strip("-"))


@asynccontextmanager
async def prepared(home: Path, *specs: Dns) -> AsyncIterator[list[DnsRouter]]:
    """A router for each of these, told of a shop with two environments."""
    with upstream("blue") as blue, upstream("green") as green:
        routers = []
        for spec in specs:
            router = DnsRouter(home, spec)
            await router.start()
            await router.prepare(replace(shop(blue.address, green.address), router=spec))
            routers.append(router)
        yield routers


def run(scenario: Callable[[], object]) -> None:
    asyncio.run(scenario())  # type: ignore[arg-type]


async def held(router: DnsRouter) -> Traffic:
    return (await router.traffic("shop"))[OLD]


def test_a_name_is_moved_on_both_servers_and_the_old_side_is_held(spec: Dns, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with prepared(tmp_path, spec) as (router,):
            await router.set_route("shop", Route(1, BLUE), None)
            confirmed = await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
            for server in spec.servers:
                told = await ask(server, spec)
                assert (told.addresses, told.ttl) == (frozenset({"192.0.2.11"}), 1)
                assert told.marker == "bluegreen epoch=2 green=100 left=1"
            assert await router.route("shop") == Route(2, GREEN)
            # Every server answers anew: only what resolvers keep is waited for.
            old, new = confirmed.traffic[OLD], confirmed.traffic[NEW]
            assert time.time() < old.held_until + 1 < time.time() + 2.1
            assert "resolvers may keep its address for 1 s" in old.held_why
            assert new.held_until == 0.0

            async def over() -> bool:
                return (await held(router)).held_until == 0.0

            await eventually(over)

    run(scenario)


def test_an_older_controller_is_refused_by_the_name_server_itself(spec: Dns, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with prepared(tmp_path, spec) as (router,):
            await router.set_route("shop", Route(1, BLUE), None)
            before = (await ask(spec.servers[0], spec)).marker
            await router.set_route("shop", Route(2, GREEN), None)
            # It has read epoch 1, was frozen, and wakes up now.
            with pytest.raises(Outdated):
                await update(spec, before, Route(2, BLUE), 1)
            with pytest.raises(Outdated):
                await update(spec, None, Route(7, BLUE), 1)
            told = await ask(spec.servers[0], spec)
            assert (told.route, told.addresses) == (Route(2, GREEN), frozenset({"192.0.2.11"}))

    run(scenario)


def test_two_controllers_at_once_and_one_wins(spec: Dns, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with prepared(tmp_path, spec, spec) as (one, other):
            await one.set_route("shop", Route(1, BLUE), None)
            outcomes = await asyncio.gather(
                one.set_route("shop", Route(2, GREEN), None),
                other.set_route("shop", Route(2, BLUE), None),
                return_exceptions=True,
            )
            (won,) = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
            (lost,) = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
            assert isinstance(lost, StaleEpoch)
            assert await one.route("shop") == won.route

    run(scenario)


def test_a_record_of_a_day_made_by_hand_holds_the_old_side_for_a_day(servers: NameServers, tmp_path: Path) -> None:
    spec = servers.spec("by-hand")

    async def a_day(router: DnsRouter) -> None:
        old = await held(router)
        assert 86_000 < old.held_until - time.time() <= 86_400
        assert "86400 s" in old.held_why

    async def scenario() -> None:
        async with prepared(tmp_path, spec) as (router,):
            await router.set_route("shop", Route(1, GREEN), None)
            await a_day(router)
        # Another controller knows it as well, also where its home was lost.
        async with prepared(tmp_path, spec) as (router,):
            await a_day(router)
        async with prepared(tmp_path / "elsewhere", spec) as (router,):
            await a_day(router)
            # What users are led to again is not being left.
            await router.set_route("shop", Route(2, BLUE), None)
            assert (await held(router)).held_until == 0.0

    run(scenario)


def test_addresses_that_somebody_changed_are_what_users_get(spec: Dns, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with prepared(tmp_path, spec) as (router,):
            await router.set_route("shop", Route(1, BLUE), None)
            marker = (await ask(spec.servers[0], spec)).marker
            await update(replace(spec, blue=("203.0.113.7",)), marker, Route(1, BLUE), 1)
            assert await router.route("shop") == Route(1)
            await router.set_route("shop", Route(2, BLUE), None)
            assert await router.route("shop") == Route(2, BLUE)

    run(scenario)


def test_nobody_is_served_once_it_has_gone(spec: Dns, tmp_path: Path) -> None:
    async def scenario() -> None:
        six = replace(spec, green=("2001:db8::11", "192.0.2.11"))
        async with prepared(tmp_path, six) as (router,):
            await router.set_route("shop", Route(1, GREEN), None)
            assert (await ask(spec.servers[1], spec)).addresses == {"2001:db8::11", "192.0.2.11"}
            await router.set_route("shop", Route(2), None)
            told = await ask(spec.servers[0], spec)
            assert (told.addresses, told.route) == (frozenset(), Route(2))
            await router.set_route("shop", Route(3, BLUE), None)
            await router.remove("shop")
            told = await ask(spec.servers[0], spec)
            assert (told.addresses, told.marker) == (frozenset(), None)

    run(scenario)


def test_an_alias_is_refused_before_anything_starts(servers: NameServers, tmp_path: Path) -> None:
    async def scenario() -> None:
        with pytest.raises(PermanentError, match=r"alias \(CNAME\) of by-hand.example.test"):
            async with prepared(tmp_path, servers.spec("alias")):
                pass

    run(scenario)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (KEY.format("YW5vdGhlciBzZWNyZXQgdGhhbiB0aGVpcnM="), "BADSIG"),
        (KEY.format("YW5vdGhlciBzZWNyZXQgdGhhbiB0aGVpcnM=").replace("bluegreen", "stranger"), "BADKEY"),
        ("secret of the zone: 12345", "tsig-keygen"),
        (KEY.format("not base64 at all"), "cannot be used"),
    ],
)
def test_a_wrong_key_is_told_and_moves_nobody(spec: Dns, tmp_path: Path, key: str, words: str) -> None:
    async def scenario() -> None:
        file = tmp_path / "key"
        file.write_text(key)
        file.chmod(0o600)
        with pytest.raises(PermanentError, match=words):
            async with prepared(tmp_path, replace(spec, key=str(file))) as (router,):
                await router.set_route("shop", Route(1, BLUE), None)
        assert (await ask(spec.servers[0], spec)).route is None

    run(scenario)


def test_a_key_that_everybody_can_read_is_refused(spec: Dns, tmp_path: Path) -> None:
    async def scenario() -> None:
        file = tmp_path / "key"
        file.write_bytes(Path(spec.key).read_bytes())
        file.chmod(0o644)
        with pytest.raises(PermanentError, match="chmod 600"):
            async with prepared(tmp_path, replace(spec, key=str(file))):
                pass

    run(scenario)


def test_a_split_is_refused(spec: Dns, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with prepared(tmp_path, spec) as (router,):
            with pytest.raises(PermanentError, match="split"):
                await router.set_route("shop", Route(1, {Color.BLUE: 50, Color.GREEN: 50}), None)

    run(scenario)


def test_a_marker_is_read_as_it_was_written() -> None:
    from bluegreen.routers.dns.told import read_marker

    for route in (Route(7, BLUE), Route(8, GREEN), Route(9)):
        assert read_marker(marker_text(route, 86_400)) == (route, 86_400)
    for foreign in (None, "", "v=spf1 -all", "bluegreen", "bluegreen epoch=x", "bluegreen blue=100"):
        assert read_marker(foreign) == (None, 0)


def test_the_primary_must_be_named_first(spec: Dns, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with prepared(tmp_path, replace(spec, servers=spec.servers[::-1])) as (router,):
            with pytest.raises(PermanentError, match="has refused to change"):
                await router.set_route("shop", Route(1, BLUE), None)

    run(scenario)


def test_a_server_without_the_zone_is_told_so(spec: Dns, tmp_path: Path) -> None:
    async def scenario() -> None:
        elsewhere = replace(spec, name="shop.example.org", zone="example.org")
        with pytest.raises(TemporaryError, match="REFUSED to a question"):
            async with prepared(tmp_path, elsewhere):
                pass

    run(scenario)
