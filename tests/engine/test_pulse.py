"""One measurement at a time, for everyone who waits for one."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen.core import events as e
from bluegreen.core.errors import TemporaryError
from bluegreen.core.spec import Component
from bluegreen.engine.pulse import AT_REST, EVERY, WITHIN, Pulse
from bluegreen.routers.base import Measurement
from bluegreen.routers.memory import MemoryRouter
from tests.engine.harness import Machine
from tests.engine.virtual_time import run
from tests.engine.watched import WATCH, events, lived, used, watched_spec


class Router(MemoryRouter):
    """Remembers when it was asked, and behaves as it is told."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.asked: list[float] = []
        self.behave: Callable[[], Awaitable[None]] = at_once

    async def measure(self) -> Measurement:
        self.asked.append(asyncio.get_running_loop().time())
        await self.behave()
        return await super().measure()


async def at_once() -> None: ...


def gaps(times: list[float]) -> list[float]:
    return [round(b - a, 3) for a, b in itertools.pairwise(times)]


def beating(life: Callable[[Pulse, Router], Awaitable[None]], home: Path) -> None:
    async def main() -> None:
        router = Router(home)
        pulse = Pulse(router, lambda measurement: None)
        pulse.start()
        try:
            await life(pulse, router)
        finally:
            await pulse.close()

    run(main())


def test_nobody_follows_so_it_is_measured_every_ten_seconds(tmp_path: Path) -> None:
    async def life(pulse: Pulse, router: Router) -> None:
        await asyncio.sleep(95.0)
        assert gaps(router.asked) == [AT_REST] * 9

    beating(life, tmp_path)


def test_who_follows_waits_for_no_ten_seconds_and_costs_one_measurement_a_second(tmp_path: Path) -> None:
    async def life(pulse: Pulse, router: Router) -> None:
        await asyncio.sleep(12.5)
        with pulse.followed(), pulse.followed():
            first = await pulse.next()
            assert isinstance(first, Measurement)
            assert first.at == 12.5
            await asyncio.sleep(30.2)
        asked = [at for at in router.asked if at >= 12.5]
        assert gaps(asked) == [EVERY] * 30
        await asyncio.sleep(100.0)
        assert len([at for at in router.asked if at > 43.7]) <= 10

    beating(life, tmp_path)


def test_everyone_who_waits_gets_the_same_measurement(tmp_path: Path) -> None:
    async def life(pulse: Pulse, router: Router) -> None:
        with pulse.followed():
            found = await asyncio.gather(*(pulse.next() for _ in range(50)))
        assert len({id(one) for one in found}) == 1

    beating(life, tmp_path)


async def refuse() -> None:
    raise TemporaryError("the proxy does not answer")


async def hang() -> None:
    await asyncio.Event().wait()


async def break_off() -> None:
    raise ValueError("no number")


@pytest.mark.parametrize(
    ("behave", "why"),
    [
        (refuse, "the proxy does not answer"),
        (hang, f"the proxy did not answer within {WITHIN:g} s"),
        (break_off, "it cannot be measured: no number"),
    ],
)
def test_what_cannot_be_measured_is_said_and_tried_again(
    tmp_path: Path, behave: Callable[[], Awaitable[None]], why: str
) -> None:
    async def life(pulse: Pulse, router: Router) -> None:
        with pulse.followed():
            assert isinstance(await pulse.next(), Measurement)
            router.behave = behave
            assert await pulse.now() == why
            assert await pulse.next() == why
            router.behave = at_once
            assert isinstance(await pulse.next(), Measurement)

    beating(life, tmp_path)


def test_a_listener_that_breaks_off_stops_no_measurement(tmp_path: Path) -> None:
    async def main() -> None:
        def listen(measurement: Measurement) -> None:
            raise ValueError("a bug")

        pulse = Pulse(Router(tmp_path), listen)
        pulse.start()
        with pulse.followed():
            assert isinstance(await pulse.next(), Measurement)
            assert isinstance(await pulse.next(), Measurement)
        await pulse.close()

    run(main())


def test_many_applications_under_watch_share_one_measurement_a_second(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        router = Router(machine.home)
        machine.router = router
        names = [f"app{n}" for n in range(20)]
        plain = watched_spec(
            replace(WATCH, duration=20.0), components=(Component("web", "run $PORT", receives=("/",)),)
        )
        async with used(machine):
            controller = await machine.controller()
            for _ in range(2):
                for n, name in enumerate(names):
                    await controller.deploy(replace(plain, app=name, address=f"127.0.0.1:{8100 + n}"))
                for name in names:
                    app = controller.engine.applications[name]
                    assert await app.until(lambda s: s.deployment is None or s.watching is not None, 60.0)
                await controller.rest(5.0)
            assert all(app.state.watching for app in controller.engine.applications.values())
            before = len(router.asked)
            await controller.rest(10.0)
            assert 9 <= len(router.asked) - before <= 11
            await controller.rest(30.0)
            assert all(app.state.deployment is None for app in controller.engine.applications.values())
            assert [len(await events(machine, e.Judged, name)) for name in names] == [1] * len(names)

    lived(life, tmp_path)
