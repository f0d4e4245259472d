"""The access log, and what happens to logs that grow."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from envoy_setup import BLUE, GREEN, ask, eventually, running, shop
from tiny_upstream import upstream

from bluegreen.core.model import Route
from bluegreen.routers.envoy.admin import Admin
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.plane import Plane
from bluegreen.routers.envoy.upkeep import Upkeep


def test_logs_are_rotated_and_the_oldest_is_dropped(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                layout = Layout(tmp_path / "envoy")
                admin = Admin(layout.admin_socket)
                upkeep = Upkeep(Plane(layout, admin), log_limit=100)

                async def written() -> bool:
                    return layout.access_log.stat().st_size > 100

                for number in range(4):
                    await ask(routing.address, f"/{number}")
                    await eventually(written)
                    await upkeep.look()
                await admin.close()
                logs = [layout.access_log.with_name(f"access.log.{n}") for n in (1, 2, 3)]
                assert [json.loads(log.read_text())["path"] for log in logs] == ["/3", "/2", "/1"]
                assert not layout.access_log.with_name("access.log.4").exists()
                assert layout.access_log.stat().st_mode & 0o777 == 0o600
                assert layout.log.stat().st_size <= 100

    asyncio.run(scenario())


def test_the_access_log_tells_release_and_color_but_no_query(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(4, GREEN), None)
                await ask(routing.address, "/items?token=secret")
            text = (tmp_path / "envoy" / "access.log").read_text()
            (line,) = text.splitlines()
            facts = json.loads(line)
            expected = {"method": "GET", "path": "/items", "status": 200, "app": "shop", "release": 2, "epoch": 4}
            assert facts.items() >= expected.items()
            assert facts["color"] == "green"
            assert "secret" not in text

    asyncio.run(scenario())
