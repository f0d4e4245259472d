"""Name servers in trouble: updates refused, one of two down or late, none at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from bind_setup import name_servers
from envoy_setup import BLUE, GREEN, eventually
from test_dns import held, prepared

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Route
from bluegreen.core.router_specs import Dns
from bluegreen.routers.dns.query import ask


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is down does not say so over UDP."""
    monkeypatch.setattr("bluegreen.routers.dns.query.WITHIN", 0.5)
    monkeypatch.setattr("bluegreen.routers.dns.router.SPREAD_WITHIN", 0.3)


async def everywhere(spec: Dns, route: Route) -> None:
    """Wait until every server answers so."""

    async def told() -> bool:
        return all([(await ask(server, spec)).route == route for server in spec.servers])

    await eventually(told)


def test_an_update_that_is_not_allowed_is_told_with_the_policy_that_would_allow_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        with name_servers(tmp_path, policy="grant bluegreen name other.example.test A;") as servers:
            spec = servers.spec()
            async with prepared(tmp_path, spec) as (router,):
                with pytest.raises(PermanentError) as refused:
                    await router.set_route("shop", Route(1, BLUE), None)
                assert "REFUSED" in refused.value.why
                assert "grant KEY name _bluegreen.shop.example.test TXT" in refused.value.cure
                told = await ask(spec.servers[0], spec)
                # All of it or nothing: no address without its route.
                assert (told.addresses, told.marker) == (frozenset(), None)

    asyncio.run(scenario())


def test_a_secondary_that_is_down_or_late_is_named_and_holds_the_old_side(tmp_path: Path) -> None:
    async def scenario() -> None:
        with name_servers(tmp_path) as servers:
            spec = servers.spec()
            async with prepared(tmp_path, spec) as (router,):
                await router.set_route("shop", Route(1, BLUE), None)
                await everywhere(spec, Route(1, BLUE))
                servers.primary.stop()
                servers.configure(notify=False)
                servers.primary.start()
                assert (await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))).route == Route(2, GREEN)
                assert f"{spec.servers[1]} still answers as before" in (await held(router)).held_why
                await asyncio.sleep(1.2)  # more than the TTL
                assert (await held(router)).held_until > 0
                servers.secondary.stop()
                old = await held(router)
                assert f"it is not known what {spec.servers[1]} gives out" in old.held_why
                assert old.held_until > 0
                assert await router.route("shop") == Route(2, GREEN)
                # Without a copy it asks the primary as it starts; then only what is in caches is waited for.
                (servers.secondary.folder / "example.test.copy").unlink()
                servers.secondary.start()

                async def over() -> bool:
                    return (await held(router)).held_until == 0.0

                await eventually(over)

    asyncio.run(scenario())


def test_without_its_primary_nobody_is_moved_and_the_secondary_tells(tmp_path: Path) -> None:
    async def scenario() -> None:
        with name_servers(tmp_path) as servers:
            spec = servers.spec()
            async with prepared(tmp_path, spec) as (router,):
                await router.set_route("shop", Route(1, BLUE), None)
                await everywhere(spec, Route(1, BLUE))
                servers.primary.stop()
                with pytest.raises(TemporaryError, match=servers.primary.address):
                    await router.set_route("shop", Route(2, GREEN), None)
                assert await router.route("shop") == Route(1, BLUE)
                servers.secondary.stop()
                with pytest.raises(TemporaryError, match="no name server answers"):
                    await router.route("shop")
                assert set(await router.traffic("shop")) == {"shop/blue/1/web", "shop/green/2/web"}
                servers.start()
                await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                assert await router.route("shop") == Route(2, GREEN)

    asyncio.run(scenario())
