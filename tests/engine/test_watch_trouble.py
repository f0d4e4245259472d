"""Bad luck while a release is watched: the router, the sources, the clock. None of it ends in healthy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bluegreen.checks.sources import Watched
from bluegreen.core import events as e
from bluegreen.core.errors import TemporaryError
from bluegreen.core.evidence import Reading
from bluegreen.core.spec import HttpProbe, Prometheus
from tests.engine.harness import APP, Machine
from tests.engine.watched import (
    WATCH,
    Probe,
    ended,
    events,
    live_for,
    lived,
    ticks,
    under_watch,
    used,
    watched_spec,
)

QUERY = Prometheus("orders", "http://127.0.0.1:9", worse_than=0.9, within=2.0)
NOT_JUDGED = "completed, not judged"


# --- the router


async def refuses() -> None:
    raise TemporaryError("the proxy does not answer")


async def hangs() -> None:
    await asyncio.Event().wait()


async def breaks() -> None:
    raise OSError("a broken pipe")


@pytest.mark.parametrize("trouble", [refuses, hangs, breaks])
def test_a_router_that_cannot_be_measured_is_missing_evidence(tmp_path: Path, trouble: object) -> None:
    async def life(machine: Machine) -> None:
        async def on_measure(point: str) -> None:
            if point == "before router.measure":
                await trouble()  # type: ignore[operator]

        async with used(machine):
            controller = await live_for(machine)
            number = await under_watch(controller)
            await asyncio.sleep(2.0)
            machine.trouble = on_measure
            result = await ended(controller, number)
            assert result.reason.startswith(NOT_JUDGED)
            assert "nothing was heard of it" in result.reason
            found = await ticks(machine, number)
            assert found[-1].new is None
            assert found[-1].missing

    lived(life, tmp_path)


def test_a_router_that_hangs_does_not_hold_up_the_switch(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async def on_measure(point: str) -> None:
            if point == "before router.measure":
                await hangs()

        async with used(machine):
            controller = await live_for(machine)
            machine.trouble = on_measure
            number = await under_watch(controller)
            machine.trouble = nothing
            assert controller.state.baseline is not None
            assert controller.state.baseline.requests > 20_000, "what is remembered is compared with"
            assert not controller.state.baseline.missing
            assert (await ended(controller, number)).reason == "r2 is live in green"

    lived(life, tmp_path)


async def nothing(point: str) -> None:
    """No trouble."""


def test_slow_answers_of_the_router_are_evidence_all_the_same(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async def slow(point: str) -> None:
            if point == "before router.measure":
                await asyncio.sleep(2.5)

        async with used(machine):
            controller = await live_for(machine)
            machine.trouble = slow
            number = await under_watch(controller)
            assert (await ended(controller, number)).reason == "r2 is live in green"
            found = await ticks(machine, number)
            assert {tick.span for tick in found} == {2.5}
            assert all(tick.new and tick.new.answered == 500 for tick in found)

    lived(life, tmp_path)


def test_counters_that_begin_anew_are_missing_for_one_tick(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine):
            controller = await live_for(machine)
            number = await under_watch(controller)
            await asyncio.sleep(5.2)
            machine.router.counters.clear()
            machine.router.times.clear()
            assert (await ended(controller, number)).reason == "r2 is live in green"
            missing = [tick.missing for tick in await ticks(machine, number) if tick.new is None]
            assert missing == ["the proxy's counters began anew"]

    lived(life, tmp_path)


def test_an_environment_that_the_router_forgets_is_never_healthy(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine):
            controller = await live_for(machine)
            number = await under_watch(controller)
            await asyncio.sleep(5.2)
            known = machine.router._routings[APP]
            kept = tuple(backend for backend in known.backends if "/2/" not in backend.name)
            machine.router._routings[APP] = replace(known, backends=kept)
            users_gone = machine.router._routes.pop(APP)
            result = await ended(controller, number)
            machine.router._routings[APP], machine.router._routes[APP] = known, users_gone
            assert result.reason.startswith(NOT_JUDGED)
            assert (await ticks(machine, number))[-1].missing == "the proxy does not know this environment"

    lived(life, tmp_path)


# --- sources


async def says_nothing(watched: Watched) -> Reading:
    await hangs()
    raise AssertionError


async def raises(watched: Watched) -> Reading:
    raise ValueError("a bug in a source")


@pytest.mark.parametrize(
    ("probe", "why"),
    [
        (Probe(says_nothing), "no answer within 2 s"),
        (Probe(raises), "a bug in a source"),
        (None, "nothing that reads `http` is installed"),
    ],
    ids=["hangs", "raises", "not installed"],
)
def test_a_source_that_says_nothing_is_never_healthy(tmp_path: Path, probe: Probe | None, why: str) -> None:
    async def life(machine: Machine) -> None:
        if probe is not None:
            machine.sources["http"] = probe
        controller = await live_for(machine)
        number = await under_watch(controller, watched_spec(replace(WATCH, guards=(HttpProbe("/"),))))
        result = await ended(controller, number)
        assert result.reason.startswith(NOT_JUDGED)
        assert why in result.reason

    lived(life, tmp_path)


async def refuses_before() -> Sequence[float]:
    raise TemporaryError("Prometheus does not answer.", why="503")


async def hangs_before() -> Sequence[float]:
    await hangs()
    return ()


@pytest.mark.parametrize(
    ("before", "why"), [(refuses_before, "Prometheus does not answer. 503"), (hangs_before, "no answer within 2 s")]
)
def test_a_query_without_a_before_holds_up_nothing_and_cannot_tell(tmp_path: Path, before: object, why: str) -> None:
    async def life(machine: Machine) -> None:
        async def answer(watched: Watched) -> Reading:
            return Reading(value=10.0)

        machine.sources["prometheus"] = Probe(answer)
        machine.sources["prometheus"].before_answer = before
        async with used(machine):
            controller = await live_for(machine)
            began = machine.clock()
            number = await under_watch(controller, watched_spec(replace(WATCH, guards=(*WATCH.guards, QUERY))))
            assert machine.clock() - began < 5
            result = await ended(controller, number)
            assert result.reason.startswith(NOT_JUDGED)
            assert why in result.reason

    lived(life, tmp_path)


# --- the clock


@pytest.mark.parametrize("jump", [86_400.0, -86_400.0])
def test_a_clock_that_jumps_ends_no_watch_and_begins_none(tmp_path: Path, jump: float) -> None:
    async def life(machine: Machine) -> None:
        async with used(machine):
            controller = await live_for(machine)
            number = await under_watch(controller)
            began = asyncio.get_running_loop().time()
            await asyncio.sleep(12.5)
            machine.jump = jump
            assert (await ended(controller, number)).reason == "r2 is live in green"
            assert 29 < asyncio.get_running_loop().time() - began < 33
            assert await events(machine, e.WatchResumed) == []

    lived(life, tmp_path)


@pytest.mark.parametrize("jump", [86_400.0, -86_400.0])
def test_a_clock_that_jumps_over_a_restart_never_gives_time_back(tmp_path: Path, jump: float) -> None:
    async def life(machine: Machine) -> None:
        controller = await live_for(machine)
        number = await under_watch(controller)
        await asyncio.sleep(12.5)
        controller.kill()
        machine.jump = jump
        await asyncio.sleep(20.0)
        controller = await machine.controller()
        began = asyncio.get_running_loop().time()
        await ended(controller, number)
        assert 18 < asyncio.get_running_loop().time() - began < 22, "it goes on with the time left"
        judged = (await events(machine, e.Judged))[-1]
        assert judged.missed >= 0
        assert judged.elapsed >= 30

    lived(life, tmp_path)
