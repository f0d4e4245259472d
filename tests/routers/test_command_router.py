"""The router that is three commands: what goes wrong with them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.routers.device import device_commands
from tests.routers.tiny_upstream import upstream

from bluegreen.core.errors import BluegreenError, PermanentError, TemporaryError
from bluegreen.core.model import Color, Route
from bluegreen.core.router_specs import Commands
from bluegreen.routers.base import Backend, Paths, Routing
from bluegreen.routers.command import CommandRouter

BLUE = {Color.BLUE: 100}


@pytest.fixture
def member() -> Iterator[str]:
    with upstream("blue") as instance:
        yield instance.address


def shop(member: str) -> Routing:
    backend = Backend("shop/blue/1/web", (member,), Color.BLUE, 1)
    return Routing("shop", "203.0.113.1:443", backends=(backend,), paths={Color.BLUE: Paths({"/": backend.name})})


def told(spec: Commands, member: str) -> BluegreenError:
    """What is said when a route is to be set."""

    async def scenario() -> BluegreenError:
        router = CommandRouter(Path(spec.folder), spec)
        try:
            await router.prepare(shop(member))
            await router.set_route("shop", Route(1, BLUE), None)
        except BluegreenError as error:
            return error
        raise AssertionError("nothing was wrong")

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("command", "what", "why"),
    [
        ("echo out of memory >&2; exit 3", "`get` failed: exit 3", "out of memory"),
        ("sleep 60", "`get` failed: no end within 1 s", "wrote nothing"),
        ("echo all is well", "cannot be understood", "all is well"),
        ('echo \'{"epoch": "9", "shares": {}}\'', "cannot be understood", "'9'"),
        ('echo \'{"epoch": 9, "shares": {"green": 80}}\'', "cannot be understood", "80"),
        ('echo \'{"epoch": 9, "shares": {"red": 100}}\'', "cannot be understood", "red"),
    ],
)
def test_a_command_that_fails_hangs_or_talks_nonsense_is_quoted(
    tmp_path: Path, member: str, command: str, what: str, why: str
) -> None:
    error = told(replace(device_commands(tmp_path, get=command), within=1.0), member)
    assert isinstance(error, TemporaryError)  # a device may answer later, and nobody else knows
    assert what in error.what
    assert why in error.why
    assert error.cure


def test_a_device_that_does_not_do_what_it_is_told_is_not_believed(tmp_path: Path, member: str) -> None:
    error = told(device_commands(tmp_path, set="exit 0"), member)
    assert isinstance(error, TemporaryError)
    assert "not in force" in error.what
    assert "no route" in error.why


def test_a_device_is_told_all_that_it_needs_and_again_when_instances_move(tmp_path: Path, member: str) -> None:
    async def scenario(elsewhere: str) -> None:
        router = CommandRouter(tmp_path, device_commands(tmp_path))
        await router.prepare(shop(member))
        await router.set_route("shop", Route(4, BLUE), Route(5, {}))
        has = json.loads((tmp_path / "shop.json").read_text())
        assert (has["epoch"], has["shares"], has["fallback"]) == (4, {"blue": 100}, {"epoch": 5, "shares": {}})
        assert has["environments"] == {"blue": {"release": 1, "paths": {"/": [member]}}}
        moved = shop(elsewhere)
        await router.prepare(moved)
        has = json.loads((tmp_path / "shop.json").read_text())
        assert (has["epoch"], has["environments"]["blue"]["paths"]) == (4, {"/": [elsewhere]})
        # Another controller knows nothing but what the device says.
        again = CommandRouter(tmp_path, device_commands(tmp_path))
        assert await again.route("shop") == Route(4, BLUE)

    with upstream("blue") as elsewhere:
        asyncio.run(scenario(elsewhere.address))


def test_what_cannot_be_split_is_not_split(tmp_path: Path, member: str) -> None:
    async def scenario() -> None:
        router = CommandRouter(tmp_path, device_commands(tmp_path))
        routing = shop(member)
        await router.prepare(replace(routing, paths={**routing.paths, Color.GREEN: routing.paths[Color.BLUE]}))
        with pytest.raises(PermanentError, match="split"):
            await router.set_route("shop", Route(1, {Color.BLUE: 50, Color.GREEN: 50}), None)
        assert await router.route("shop") is None

    asyncio.run(scenario())


def test_what_is_under_way_and_not_told_is_not_known(tmp_path: Path, member: str) -> None:
    async def scenario() -> None:
        router = CommandRouter(tmp_path, device_commands(tmp_path, drain="echo '{\"active\": {}}'"))
        await router.prepare(shop(member))
        confirmation = await router.set_route("shop", Route(1, BLUE), None)
        assert confirmation.traffic == {}
        with pytest.raises(TemporaryError, match="drain"):
            await router.traffic("shop")

    asyncio.run(scenario())
