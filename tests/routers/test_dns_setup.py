"""What `bluegreen router init dns` prints lets a real BIND take updates, and doctor asks every server."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

from bind_setup import name_servers
from envoy_setup import BLUE
from test_dns import prepared

from bluegreen.core.model import Route
from bluegreen.core.spec import AppSpec, Component
from bluegreen.routers.dns.query import ask
from bluegreen.routers.dns.setup import DnsSetup


def test_the_policy_that_is_printed_is_enough_and_doctor_sees_each_server(tmp_path: Path) -> None:
    with name_servers(tmp_path) as servers:
        app = AppSpec("shop", "0.0.0.0:443", (Component("web", "./serve"),), router=servers.spec("{app}"))
        policy = re.search(r"update-policy \{(.*?)\n    \};", DnsSetup().snippet(app), re.DOTALL)
        assert policy is not None
        servers.stop()
        servers.policy = policy[1]
        servers.configure()
        servers.start()
        spec = servers.spec()

        async def deploy() -> None:
            async with prepared(tmp_path, spec) as (router,):
                await router.set_route("shop", Route(1, BLUE), None)
                assert (await ask(spec.servers[0], spec)).route == Route(1, BLUE)

        asyncio.run(deploy())
        (well,) = DnsSetup().examine(app)
        assert (well.mark, well.what) == ("well", "2 of 2 name servers answer for shop.example.test")
        by_hand = replace(app, router=servers.spec("by-hand"))
        assert [sight.mark for sight in DnsSetup().examine(by_hand)] == ["well", "hint"]
        servers.secondary.stop()
        wrong, well = DnsSetup().examine(app)
        assert (wrong.mark, well.what) == ("wrong", "1 of 2 name servers answer for shop.example.test")
        assert servers.secondary.address in wrong.what
        lost = replace(app, router=servers.spec(key="/nonexistent"))
        assert [sight.mark for sight in DnsSetup().examine(lost)] == ["wrong"]
