"""Users and sources for a release under watch, over back ends in memory: every request and answer is made here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bluegreen.checks.sources import Watched
from bluegreen.core import events as e
from bluegreen.core.evidence import Reading, Tick
from bluegreen.core.model import Deployment, Phase, Traffic
from bluegreen.core.spec import AppSpec, ErrorRate, Watch
from bluegreen.core.verdict import Verdict
from bluegreen.core.watching import Watching
from tests.engine.harness import APP, Controller, Machine, spec
from tests.engine.virtual_time import run

Life = Callable[[Machine], Awaitable[None]]
WATCH = Watch(duration=30.0, guards=(ErrorRate(),), cannot_tell="finish")
EVERY = 0.25
"""Seconds between two batches of requests."""


class Users:
    """Send requests at a steady rate; the router counts them where its route leads."""

    def __init__(self, machine: Machine, rate: float = 200.0) -> None:
        self._machine = machine
        self.rate = rate
        self.failing: dict[int, float] = {}
        """The share of requests that a release fails."""
        self.took: dict[int, float] = {}
        """Seconds that a release needs for an answer; else a hundredth."""
        self._owed: dict[tuple[str, str], float] = {}

    async def keep_coming(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            for app, route in self._machine.router._routes.items():
                routing = self._machine.router._routings[app]
                releases = {backend.name: backend.release for backend in routing.backends}
                for color, share in route.shares.items():
                    for name in routing.paths[color].prefixes.values():
                        self._come(name, releases[name], self.rate * EVERY * share / 100)

    def _come(self, name: str, release: int, requests: float) -> None:
        counters = self._machine.router.counters.get(name, Traffic())
        came = self._whole(name, "requests", requests)
        failed = self._whole(name, "failed", came * self.failing.get(release, 0.0))
        self._machine.router.counters[name] = replace(
            counters,
            requests=counters.requests + came,
            answered=counters.answered + came,
            failed=counters.failed + failed,
        )
        times = dict(self._machine.router.times.get(name, {}))
        took = self.took.get(release, 0.01)
        self._machine.router.times[name] = times | {took: times.get(took, 0) + came}

    def _whole(self, name: str, what: str, number: float) -> int:
        """What is left over is there the next time."""
        owed = self._owed.get((name, what), 0.0) + number
        self._owed[name, what] = owed - int(owed)
        return int(owed)


class Probe:
    """A source that answers as it is told."""

    def __init__(self, answer: Callable[[Watched], Awaitable[Reading]]) -> None:
        self._answer = answer
        self.before_answer: Callable[[], Awaitable[Sequence[float]]] = _nothing
        self.asked = 0

    async def read(self, guard: Any, watched: Watched) -> Reading:
        self.asked += 1
        return await self._answer(watched)

    async def before(self, guard: Any, watched: Watched, seconds: float) -> Sequence[float]:
        return await self.before_answer()


async def _nothing() -> Sequence[float]:
    return ()


def saying(verdict: Verdict) -> Probe:
    async def answer(watched: Watched) -> Reading:
        return Reading(verdict=verdict, why="as it was told")

    return Probe(answer)


def lived(life: Life, home: Path) -> None:
    machine = Machine(home)
    run(life(machine))  # type: ignore[arg-type]
    machine.check()


@contextlib.asynccontextmanager
async def used(machine: Machine, **options: Any) -> AsyncIterator[Users]:
    """As long as this is open, users send requests."""
    users = Users(machine, **options)
    coming = asyncio.create_task(users.keep_coming())
    try:
        yield users
    finally:
        coming.cancel()


def watched_spec(watch: Watch | None = WATCH, **changes: Any) -> AppSpec:
    return spec(watch=watch, **changes)


async def live_for(machine: Machine, seconds: float = 120.0) -> Controller:
    """A controller whose first release has been live for so long."""
    controller = await machine.controller()
    await controller.live()
    await controller.rest(seconds)
    return controller


async def under_watch(controller: Controller, wanted: AppSpec | None = None, **options: Any) -> int:
    """Deploy the next release and wait until it is watched; the deployment's number."""
    number = await controller.deploy(wanted or watched_spec(), **options)
    assert await controller.app.until(lambda s: s.watching is not None, 60.0), "it never came under watch"
    return number


def watching(controller: Controller) -> Watching:
    found = controller.app.performer.watcher.ahead or controller.state.watching
    assert found is not None
    return found


async def held(controller: Controller, within: float = 600.0) -> str:
    """Wait until a person is waited for; why."""
    assert await controller.app.until(lambda s: s.watching is not None and bool(s.watching.held), within)
    return watching(controller).held


async def ended(controller: Controller, number: int, within: float = 600.0) -> Deployment:
    found = await controller.app.until(lambda s: any(d.number == number for d in s.ended), within)
    assert found, f"it does not end: {controller.state.deployment}, {controller.app.troubles}"
    return next(d for d in controller.state.ended if d.number == number)


async def events(machine: Machine, kind: type | tuple[type, ...], app: str = APP) -> list[Any]:
    """What the journal has of these kinds."""
    return [entry.event for entry in await machine.journal.read(app) if isinstance(entry.event, kind)]


async def ticks(machine: Machine, number: int) -> list[Tick]:
    return [tick for event in await events(machine, e.Watched) if event.deployment == number for tick in event.ticks]


def rolling_back(controller: Controller) -> bool:
    d = controller.state.deployment
    return d is not None and d.phase is Phase.ROLLING_BACK


def slow_hook(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Hooks do nothing for so long."""

    async def run_hook(*asked: Any) -> dict[str, Any]:
        await asyncio.sleep(seconds)
        return {}

    monkeypatch.setattr("bluegreen.engine.perform.run_hook", run_hook)
