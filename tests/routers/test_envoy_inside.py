"""Envoy beside another router: previews and internal listeners, and no address of users."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from tests.routers.envoy_setup import BLUE, ask, free_address, running, shop
from tests.routers.tiny_upstream import upstream

from bluegreen.core.errors import PermanentError
from bluegreen.core.model import Color, Route
from bluegreen.routers.base import Internal


def test_an_application_without_an_address_is_previewed_and_reached_from_inside(tmp_path: Path) -> None:
    async def scenario(blue: str, green: str) -> None:
        preview, inside = free_address(), free_address()
        internal = Internal("shop/blue/web", inside, "shop/blue/1/web")
        routing = replace(
            shop(blue, green), address=None, preview_address=preview, preview=Color.GREEN, internals=(internal,)
        )
        for _ in range(2):  # as another controller, over the same home
            async with running(tmp_path) as router:
                await router.prepare(routing)
                assert await router.route("shop") is None
                assert (await ask(preview)).json["name"] == "green"
                assert (await ask(inside)).json["name"] == "blue"
                assert (await router.traffic("shop"))["shop/green/2/web"].requests == 1
                assert set((await router.measure()).backends) == {"shop/blue/1/web", "shop/green/2/web"}
                with pytest.raises(PermanentError, match="do not come through Envoy"):
                    await router.set_route("shop", Route(1, BLUE), None)

    with upstream("blue") as blue, upstream("green") as green:
        asyncio.run(scenario(blue.address, green.address))
