"""Traffic never depends on the controller, and Envoy comes back with its last good state."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from envoy_setup import BLUE, GREEN, ask, eventually, free_address, load, refuses, running, shop
from tiny_upstream import upstream

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import Color, Route
from bluegreen.routers.base import Backend, Paths
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.router import EnvoyRouter
from bluegreen.system.process import wait_ended


def test_a_restarted_controller_adopts_envoy_and_can_roll_back_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            routing = shop(blue.address, green.address)
            first = EnvoyRouter(tmp_path)
            await first.start()
            await first.prepare(routing)
            await first.set_route("shop", Route(1, BLUE), None)
            await first.set_route("shop", Route(2, GREEN), Route(3, BLUE))
            pid = first.process.pid
            await first.close()
            async with load(routing.address) as users:
                await users.flow()
                async with running(tmp_path) as second:
                    assert second.process.pid == pid
                    assert await second.route("shop") == Route(2, GREEN)
                    await users.flow()
                    await second.set_route("shop", Route(3, BLUE), Route(4, GREEN))
                    await users.flow()
                    # Applications end after those who use them.
                    await users.end()
                    assert (await ask(routing.address)).json["name"] == "blue"
                    await second.prepare(routing)
            assert users.failures == []

    asyncio.run(scenario())


def test_envoy_is_adopted_even_when_its_record_was_never_written(tmp_path: Path) -> None:
    async def scenario() -> None:
        first = EnvoyRouter(tmp_path)
        await first.start()
        pid = first.process.pid
        await first.close()
        Layout(tmp_path / "envoy").process.unlink()
        async with running(tmp_path) as second:
            assert second.process.pid == pid

    asyncio.run(scenario())


def test_a_killed_envoy_comes_back_with_the_last_route(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                killed = router.process
                os.kill(killed.pid, signal.SIGKILL)
                await wait_ended(killed, reap=False)

                async def back() -> bool:
                    try:
                        return (await ask(routing.address)).json["name"] == "green"
                    except OSError:
                        return False

                await eventually(back)
                assert router.process != killed
                assert await router.route("shop") == Route(2, GREEN)
                await router.set_route("shop", Route(3, BLUE), None)
                assert (await ask(routing.address)).json["name"] == "blue"

    asyncio.run(scenario())


@pytest.mark.parametrize("broken", [False, True])
def test_a_stopped_machine_starts_with_the_last_route_before_anything_is_prepared(tmp_path: Path, broken: bool) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            routing = shop(blue.address, green.address)
            async with running(tmp_path) as router:
                await router.prepare(routing)
                await router.set_route("shop", Route(7, GREEN), Route(8, BLUE))
            if broken:
                # A power cut may leave a derived file in any state: it is written anew.
                Layout(tmp_path / "envoy").clusters.write_bytes(b"")
            async with running(tmp_path) as router:
                assert await router.route("shop") == Route(7, GREEN)
                assert (await ask(routing.address)).json["name"] == "green"
                await router.set_route("shop", Route(8, BLUE), None)
                assert (await ask(routing.address)).json["name"] == "blue"

    asyncio.run(scenario())


def test_a_second_writer_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(tmp_path):
            with pytest.raises(PermanentError, match=rf"pid {os.getpid()} "):
                await EnvoyRouter(tmp_path).start()

    asyncio.run(scenario())


def test_an_envoy_that_does_not_answer_is_unknown_not_routeless(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green:
            async with running(tmp_path) as router:
                await router.prepare(shop(blue.address, green.address))
                await router.set_route("shop", Route(1, BLUE), None)
                os.kill(router.process.pid, signal.SIGSTOP)
                try:
                    with pytest.raises(TemporaryError):
                        await router.route("shop")
                finally:
                    os.kill(router.process.pid, signal.SIGCONT)
                assert await router.route("shop") == Route(1, BLUE)

    asyncio.run(scenario())


@pytest.mark.parametrize("rollback_first", [False, True])
def test_failover_serves_from_the_standby_until_the_live_one_is_back(tmp_path: Path, rollback_first: bool) -> None:
    async def scenario() -> None:
        with upstream("green") as green, upstream("blue") as doomed:
            async with running(tmp_path) as router:
                routing = shop(doomed.address, green.address, failover=True)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), Route(2, GREEN))
                if rollback_first:
                    await router.set_route("shop", Route(2, GREEN), Route(3, BLUE))
                    await router.set_route("shop", Route(3, BLUE), Route(4, GREEN))
                # A POST that was already sent to an instance that dies may not be sent again: no proxy can save it.
                async with load(routing.address, posts=False) as users:
                    await users.flow()
                    assert {name for _, name in users.answers} == {"blue"}
                    doomed.die()
                    answered = len(users.answers)
                    await users.flow(300)
                    assert {name for _, name in users.answers[answered:]} >= {"green"}
                traffic = await router.traffic("shop")
                assert traffic["shop/green/2/web"].requests > 0
                assert traffic["shop/blue/1/web"].healthy == 0
                assert users.failures == []

    asyncio.run(scenario())


def test_failover_leaves_an_environment_alone_while_one_instance_of_it_lives(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("blue") as blue, upstream("green") as green, upstream("doomed") as doomed:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address, failover=True)
                both = replace(routing.backends[0], endpoints=(doomed.address, blue.address))
                await router.prepare(replace(routing, backends=(both, routing.backends[1])))
                await router.set_route("shop", Route(1, BLUE), None)
                async with load(routing.address, posts=False) as users:
                    await users.flow()
                    doomed.die()

                    async def left_out() -> bool:
                        return (await router.traffic("shop"))["shop/blue/1/web"].healthy == 1

                    await eventually(left_out)
                    await users.flow(300)
                assert users.failures == []
                assert (await router.traffic("shop"))["shop/green/2/web"].requests == 0

    asyncio.run(scenario())


def test_an_instance_that_was_started_again_answers_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        with upstream("green") as green, upstream("blue") as blue:
            async with running(tmp_path) as router:
                routing = shop(blue.address, green.address)
                await router.prepare(routing)
                await router.set_route("shop", Route(1, BLUE), None)
                blue.die()
                await eventually(lambda: refuses(blue.address))
                assert (await ask(routing.address)).status == 503
                traffic = (await router.traffic("shop"))["shop/blue/1/web"]
                assert (traffic.requests, traffic.failed, traffic.healthy) == (1, 1, 0)
                with upstream("again", int(blue.address.split(":")[1])):
                    assert (await ask(routing.address)).json["name"] == "again"

    asyncio.run(scenario())


def test_a_preparation_that_is_broken_off_anywhere_leaves_a_state_to_go_on_from(tmp_path: Path) -> None:
    """Another run of green takes the place of the first; the controller dies after each file that it replaces."""

    async def scenario(survive: int, home: Path) -> bool:
        with upstream("blue") as blue, upstream("green") as green, upstream("new") as new:
            routing = shop(blue.address, green.address, preview_address=free_address(), preview=Color.GREEN)
            first = EnvoyRouter(home)
            await first.start()
            await first.prepare(routing)
            await first.set_route("shop", Route(1, GREEN), None)
            await first.set_route("shop", Route(2, BLUE), Route(3, GREEN))
            run = Backend("shop/green/3/web", (new.address,), Color.GREEN, 3)
            paths = {**routing.paths, Color.GREEN: Paths({"/": run.name})}
            renewed = replace(routing, backends=(routing.backends[0], run), paths=paths)
            async with load(routing.address) as users:
                await users.flow()
                with die_after(survive):
                    try:
                        await first.prepare(renewed)
                        finished = True
                    except Died:
                        finished = False
                await first.close()
                async with running(home) as second:
                    # What the first one remembered can be returned to, as far as it came.
                    await second.set_route("shop", Route(3, GREEN), None)
                    await second.set_route("shop", Route(4, BLUE), None)
                    await second.prepare(renewed)
                    await second.set_route("shop", Route(5, GREEN), None)
                    await users.flow()
                    assert (await ask(routing.address)).json["name"] == "new"
                    await users.end()
            assert users.failures == []
            return finished

    survive = 0
    while not asyncio.run(scenario(survive, tmp_path / str(survive))):
        survive += 1
    assert survive >= 4


class Died(BaseException):
    """What a test raises in place of an end of the process."""


@contextmanager
def die_after(files: int) -> Iterator[None]:
    """Let so many files be replaced, and die instead of replacing the next one."""
    left = files
    replace_one = os.replace

    def count(*arguments: Any) -> None:
        nonlocal left
        if left == 0:
            raise Died
        left -= 1
        replace_one(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", count)
        yield
