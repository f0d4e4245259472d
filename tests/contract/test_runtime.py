"""What every runtime does, run over each that ships."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bluegreen.core.errors import PermanentError
from bluegreen.core.spec import Ready, Stop
from bluegreen.runtimes.base import InstanceId, InstanceSpec, InstanceState, InstanceStatus, Runtime
from bluegreen.runtimes.memory import MemoryRuntime
from bluegreen.runtimes.process import ProcessRuntime
from tests.e2e.controller import free_port

STOP = Stop(within=5.0)


class Memory:
    """How the suite makes things go wrong in memory."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def runtime(self) -> Runtime:
        return MemoryRuntime(self.home)

    def broken(self, runtime: Runtime, spec: InstanceSpec) -> InstanceSpec:
        assert isinstance(runtime, MemoryRuntime)
        runtime.fail_start[spec.id.component] = PermanentError("it ended", why="exit 3")
        return spec

    def crash(self, runtime: Runtime, status: InstanceStatus) -> None:
        assert isinstance(runtime, MemoryRuntime)
        runtime.crash(status.id)


class Process(Memory):
    """The same with real processes."""

    def runtime(self) -> Runtime:
        return ProcessRuntime(self.home)

    def broken(self, runtime: Runtime, spec: InstanceSpec) -> InstanceSpec:
        return replace(spec, command="echo some words; exit 3")

    def crash(self, runtime: Runtime, status: InstanceStatus) -> None:
        assert status.pid is not None
        os.kill(status.pid, signal.SIGKILL)


@pytest.fixture(params=[Memory, Process])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Memory:
    (tmp_path / "release").mkdir()
    kind: Memory = request.param(tmp_path / "home")
    return kind


def spec_of(kind: Memory, index: int = 0, *, generation: int = 1, listens: bool = True) -> InstanceSpec:
    return InstanceSpec(
        id=InstanceId("shop", "blue", generation, "web-api", index),
        release=7,
        command="echo hello; exec sleep 60",
        folder=str(kind.home.parent / "release"),
        env={"PATH": os.environ["PATH"]},
        ready=Ready(run="true"),
        stop=STOP,
        listens=listens,
    )


def play(kind: Memory, scenario: Callable[[Runtime], Awaitable[None]]) -> None:
    """Run a scenario, and leave nothing running."""

    async def run() -> None:
        async with asyncio.timeout(30), running(kind) as runtime:
            await scenario(runtime)

    asyncio.run(run())


@asynccontextmanager
async def running(kind: Memory) -> AsyncIterator[Runtime]:
    runtime = kind.runtime()
    try:
        yield runtime
    finally:
        for status in await runtime.instances("shop"):
            await runtime.stop(status.id, Stop("KILL"))
        await runtime.close()


async def until(runtime: Runtime, state: InstanceState) -> InstanceStatus:
    while True:
        (status,) = await runtime.instances("shop")
        if status.state is state:
            return status
        await asyncio.sleep(0.01)


def test_a_started_instance_is_ready_and_seen(kind: Memory) -> None:
    async def scenario(runtime: Runtime) -> None:
        status = await runtime.start(spec_of(kind))
        assert status.state is InstanceState.READY
        assert status.address is not None
        assert status.address.startswith("127.0.0.1:")
        assert (status.restarts, status.exit) == (0, None)
        assert list(await runtime.instances("shop")) == [status]
        assert list(await runtime.instances("another")) == []

    play(kind, scenario)


def test_starting_again_doubles_nothing(kind: Memory) -> None:
    async def scenario(runtime: Runtime) -> None:
        first, second = await asyncio.gather(runtime.start(spec_of(kind)), runtime.start(spec_of(kind)))
        assert (first.pid, first.address) == (second.pid, second.address)
        assert len(await runtime.instances("shop")) == 1

    play(kind, scenario)


def test_each_instance_has_an_address_and_one_that_does_not_listen_has_none(kind: Memory) -> None:
    async def scenario(runtime: Runtime) -> None:
        started = [await runtime.start(spec_of(kind, index)) for index in range(3)]
        started.append(await runtime.start(spec_of(kind, generation=2)))
        worker = await runtime.start(spec_of(kind, 9, listens=False))
        assert len({status.address for status in started}) == 4
        assert worker.address is None
        assert sorted(started[:3], key=lambda s: s.id) == list(await runtime.instances("shop"))[:3]

    play(kind, scenario)


def test_one_that_others_know_beforehand_is_where_they_know_it(kind: Memory) -> None:
    port = free_port()

    async def scenario(runtime: Runtime) -> None:
        known = replace(spec_of(kind), port=port)
        status = await runtime.start(known)
        assert status.address == f"127.0.0.1:{port}"
        await runtime.stop(known.id, STOP)
        # The next run of the same purpose has it again.
        later = replace(spec_of(kind, generation=2), port=port)
        assert (await runtime.start(later)).address == f"127.0.0.1:{port}"

    play(kind, scenario)


def test_one_that_cannot_start_leaves_nothing(kind: Memory) -> None:
    async def scenario(runtime: Runtime) -> None:
        with pytest.raises(PermanentError, match="exit 3"):
            await runtime.start(kind.broken(runtime, spec_of(kind)))
        assert list(await runtime.instances("shop")) == []

    play(kind, scenario)


def test_stopping_is_idempotent(kind: Memory) -> None:
    async def scenario(runtime: Runtime) -> None:
        await runtime.start(spec_of(kind))
        outcome = await runtime.stop(spec_of(kind).id, STOP)
        assert outcome.killed is False
        assert outcome.exit == "signal TERM"
        assert list(await runtime.instances("shop")) == []
        again = await runtime.stop(spec_of(kind).id, STOP)
        assert (again.killed, again.exit) == (False, None)

    play(kind, scenario)


def test_a_crashed_instance_runs_again_at_its_address(kind: Memory) -> None:
    async def scenario(runtime: Runtime) -> None:
        seen: list[InstanceStatus] = []
        runtime.on_change = seen.append
        before = await runtime.start(spec_of(kind))
        kind.crash(runtime, before)
        while len(seen) < 2:
            await asyncio.sleep(0.01)
        crashed, again = seen
        assert (crashed.state, crashed.pid, crashed.restarts) == (InstanceState.CRASHED, None, 0)
        assert crashed.exit in ("signal KILL", "exit 1")
        assert (again.state, again.restarts) == (InstanceState.READY, 1)
        assert {crashed.address, again.address} == {before.address}
        assert list(await runtime.instances("shop")) == [again]

    play(kind, scenario)


@pytest.mark.parametrize("method", ["start", "resume"])
def test_a_later_controller_adopts_what_runs(kind: Memory, method: str) -> None:
    async def scenario(runtime: Runtime) -> None:
        before = await runtime.start(spec_of(kind))
        await runtime.close()
        async with running(kind) as later:
            assert [status.pid for status in await later.instances("shop")] == [before.pid]
            after = await getattr(later, method)(spec_of(kind))
            assert (after.pid, after.address, after.state) == (before.pid, before.address, InstanceState.READY)

    play(kind, scenario)


def test_a_later_controller_stops_what_it_never_started(kind: Memory) -> None:
    async def scenario(runtime: Runtime) -> None:
        await runtime.start(spec_of(kind))
        await runtime.close()
        async with running(kind) as later:
            await later.stop(spec_of(kind).id, STOP)
            assert list(await later.instances("shop")) == []

    play(kind, scenario)


def test_what_died_without_a_controller_is_resumed_at_its_address(kind: Memory) -> None:
    async def scenario(runtime: Runtime) -> None:
        before = await runtime.start(spec_of(kind))
        await runtime.close()
        kind.crash(runtime, before)
        async with running(kind) as later:
            assert (await until(later, InstanceState.CRASHED)).pid is None
            assert (await later.resume(spec_of(kind))).address == before.address
            after = await until(later, InstanceState.READY)
            assert after.address == before.address
            assert after.restarts == 1

    play(kind, scenario)


async def collect(lines: AsyncIterator[str], count: int) -> list[str]:
    found: list[str] = []
    async for line in lines:
        found.append(line)
        if len(found) == count:
            break
    return found


def background(coroutine: Coroutine[Any, Any, list[str]]) -> asyncio.Task[list[str]]:
    return asyncio.create_task(coroutine)


def test_logs_are_read_and_followed_into_the_next_generation(kind: Memory) -> None:
    started = "web-api.0 | --- shop r7 web-api.0 started"

    async def scenario(runtime: Runtime) -> None:
        await runtime.start(spec_of(kind))
        last = [line async for line in runtime.logs("shop", "blue", "web-api", lines=100, follow=False)]
        assert last[0] == started
        following = runtime.logs("shop", "blue", "web-api", lines=1, follow=True)
        expected = len(last[-1:]) + 1
        reading = background(collect(following, expected))
        await asyncio.sleep(0)
        await runtime.stop(spec_of(kind).id, STOP)
        await runtime.start(spec_of(kind, generation=2))
        async with asyncio.timeout(10):
            found = await reading
        assert found == [last[-1], started]
        none = [line async for line in runtime.logs("shop", "blue", "web-api", lines=0, follow=False)]
        other = [line async for line in runtime.logs("shop", "blue", "web", lines=10, follow=False)]
        assert none == other == []

    play(kind, scenario)


def test_a_cancelled_start_can_be_stopped(kind: Memory) -> None:
    async def scenario(runtime: Runtime) -> None:
        starting = asyncio.create_task(runtime.start(replace(spec_of(kind), ready=Ready(run="false"))))
        while not await runtime.instances("shop") and not starting.done():
            await asyncio.sleep(0)
        starting.cancel()
        with suppress(asyncio.CancelledError):
            await starting
        await runtime.stop(spec_of(kind).id, STOP)
        assert list(await runtime.instances("shop")) == []

    play(kind, scenario)
