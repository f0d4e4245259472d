"""What cannot be made true is refused, in words, and changes nothing for anybody."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import socket
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import pytest
from envoy_setup import BLUE, GREEN, ask, free_address, load, refuses, running, shop
from structlog.testing import capture_logs
from tiny_upstream import upstream

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Color, Route
from bluegreen.routers.base import Paths
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.router import EnvoyRouter
from bluegreen.routers.envoy.watches import check_watches


def bad_prefix(app: str) -> dict[str, Any]:
    return {"paths": {color: Paths({"/a?b": f"{app}/{color}/{n}/web"}) for n, color in enumerate(Color, 1)}}


@pytest.mark.parametrize(
    "bad",
    [
        bad_prefix("blog"),
        {"hosts": ("blog.example.com", "blog.example.com")},
        {"preview_address": "no-such-host:9000"},
        {"preview_address": "203.0.113.1:9000"},
    ],
)
def test_what_is_refused_holds_up_no_other_application(tmp_path: Path, bad: dict[str, Any]) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, hosts=("shop.example.com",))
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                blog = shop(blue.address, green.address, "blog", hosts=("blog.example.com",), address=routing.address)
                await router.prepare(blog)
                await router.set_route("blog", Route(1, BLUE), None)
                async with load(routing.address) as users:
                    with pytest.raises(PermanentError) as refused:
                        await router.prepare(replace(blog, **bad))
                    assert "blog" in refused.value.what
                    assert refused.value.why
                    assert refused.value.why != "it gave no reason"
                    await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                    await users.flow()
                    assert (await ask(routing.address, host="blog.example.com")).json["name"] == "blue"
                    await router.set_route("blog", Route(2, GREEN), Route(3, BLUE))
                    assert (await ask(routing.address, host="blog.example.com")).json["name"] == "green"
                assert users.failures == []

    asyncio.run(scenario())


def test_an_address_that_another_process_holds_is_named_with_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, socket.socket() as taken:
            # Envoy sets this option too: without a look beforehand both would get half of the connections.
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            async with running(tmp_path) as router:
                with pytest.raises(PermanentError, match=rf"pid {os.getpid()}\b"):
                    await router.prepare(shop(blue.address, green.address, address=address))
                assert await router.traffic("shop") == {}

    asyncio.run(scenario())


def test_an_address_may_be_written_in_several_ways(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                for form in ("localhost:{}", ":{}", "[::1]:{}"):
                    address = form.format(free_address().split(":")[1])
                    routing = shop(blue.address, green.address, address=address)
                    for _ in range(2):
                        await router.prepare(routing)
                    await router.set_route("shop", Route(1, BLUE), None)
                    assert await router.route("shop") == Route(1, BLUE)
                    await router.remove("shop")

    asyncio.run(scenario())


def test_an_address_of_another_application_is_refused(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, preview_address=free_address())
                await router.prepare(routing)
                port = routing.address.split(":")[1]
                for address in (f"0.0.0.0:{port}", str(routing.preview_address)):
                    with pytest.raises(PermanentError, match="shop listens on"):
                        await router.prepare(shop(blue.address, green.address, "blog", address=address))

    asyncio.run(scenario())


def test_a_removed_application_leaves_its_address_free(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, preview_address=free_address())
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                await router.remove("shop")
                assert await refuses(routing.address)
                assert await refuses(str(routing.preview_address))
                await router.prepare(routing)
                await router.set_route("shop", Route(1, GREEN), None)
                assert (await ask(routing.address)).json["name"] == "green"

    asyncio.run(scenario())


def test_a_home_whose_path_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="--home"):
        asyncio.run(EnvoyRouter(tmp_path / ("x" * 100)).start())


def test_an_envoy_that_cannot_start_says_why(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "envoy")
    layout.create()
    layout.admin_socket.mkdir()
    with pytest.raises(PermanentError, match="admin"):
        asyncio.run(EnvoyRouter(tmp_path).start())


def test_everything_it_writes_is_closed_to_others(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                await router.prepare(shop(blue.address, green.address))
                await router.set_route("shop", Route(1, BLUE), Route(2, GREEN))
                paths = [tmp_path / "envoy", *(tmp_path / "envoy").rglob("*")]
                assert len(paths) > 10
                assert [str(path) for path in paths if path.stat().st_mode & 0o077] == []

    asyncio.run(scenario())


def test_a_rollback_works_with_the_disk_full(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                no_file_grows(True)
                try:
                    with pytest.raises(TemporaryError, match="could not be written"):
                        await router.set_route("shop", Route(9, BLUE), Route(10, GREEN))
                    assert await router.route("shop") == Route(2, GREEN)
                    await router.set_route("shop", Route(3, BLUE), Route(4, GREEN))
                finally:
                    no_file_grows(False)
                assert await router.route("shop") == Route(3, BLUE)
                assert (await ask(routing.address)).json["name"] == "blue"

    asyncio.run(scenario())


def test_envoy_is_started_again_with_the_disk_full(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            routing = shop(blue.address, green.address)
            async with running(tmp_path) as router:
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
            # Envoy would inherit the limit that the other tests set, and a full disk does not end it.
            with capture_logs() as said, pytest.MonkeyPatch.context() as patch:
                patch.setattr(tempfile, "mkstemp", no_space)
                async with running(tmp_path) as router:
                    await router.set_route("shop", Route(3, BLUE), None)
                    assert (await ask(routing.address)).json["name"] == "blue"
            assert [line["event"] for line in said] == ["Envoy's process cannot be recorded"]

    asyncio.run(scenario())


def test_the_way_back_is_kept_ready_while_another_application_moves(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, hosts=("shop.example.com",))
                blog = shop(blue.address, green.address, "blog", hosts=("blog.example.com",), address=routing.address)
                for each in (routing, blog):
                    await router.prepare(each)
                    await router.set_route(each.app, Route(1, BLUE), None)
                await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                await router.set_route("blog", Route(2, GREEN), Route(3, BLUE))
                no_file_grows(True)
                try:
                    # What is printed goes to a file too, and would fail here.
                    with capture_logs() as said:
                        await router.set_route("shop", Route(3, BLUE), Route(4, GREEN))
                finally:
                    no_file_grows(False)
                assert [line["app"] for line in said] == ["blog"]
                assert await router.route("shop") == Route(3, BLUE)
                assert await router.route("blog") == Route(2, GREEN)

    asyncio.run(scenario())


def no_space(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def no_file_grows(on: bool) -> None:
    """From here on every write of this process to a file fails, as on a full disk."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0 if on else hard, hard))


def test_more_watched_files_than_the_system_allows_are_refused_before_envoy_trips_over_them() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    check_watches("shop", 5)
    # The limit is of numbers, and a process that has lived for a while has gaps among those it uses.
    used = {int(name) for name in os.listdir("/proc/self/fd")}
    free = [number for number in range(len(used) + 3) if number not in used]
    resource.setrlimit(resource.RLIMIT_NOFILE, (free[2], hard))
    try:
        with pytest.raises(PermanentError, match="max_user_instances"):
            check_watches("shop", 5)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
