"""Instances found again by a later controller, whatever the earlier one was doing when it went away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from tests.runtimes.world import World, has_ended, until

from bluegreen.core.spec import Ready, Stop
from bluegreen.runtimes.base import InstanceSpec, InstanceState
from bluegreen.runtimes.process import ProcessRuntime

ALIVE = Ready(run="true", within=10)


def record_file(world: World, spec: InstanceSpec) -> Path:
    return world.home / "run" / "shop" / f"green-3-web-{spec.id.index}.json"


def rewrite(world: World, spec: InstanceSpec, **changed: object) -> None:
    path = record_file(world, spec)
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))


async def killed(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(lambda: has_ended(pid))


CONTROLLER = """
import asyncio, json, sys
from pathlib import Path
from bluegreen.core.spec import Ready, Stop
from bluegreen.runtimes.base import InstanceId, InstanceSpec
from bluegreen.runtimes.process import ProcessRuntime
from bluegreen.system.procfs import read_stat

async def main():
    data = json.loads(sys.argv[2])
    data |= {"id": InstanceId(**data["id"]), "ready": Ready(**data["ready"]), "stop": Stop(**data["stop"])}
    spec = InstanceSpec(**data)
    runtime = ProcessRuntime(Path(sys.argv[1]))
    await runtime.start(spec)
    await runtime.stop(spec.id, spec.stop)

asyncio.run(main())
"""


def controller_of(world: World, spec: InstanceSpec, **environ: str) -> subprocess.Popen[bytes]:
    """A controller of its own, that starts the instance and stops it as soon as it is ready."""
    argv = [sys.executable, "-c", CONTROLLER, str(world.home), json.dumps(asdict(spec))]
    return subprocess.Popen(argv, env=os.environ | environ)


@pytest.mark.parametrize(
    "point", ["intent to start noted", "instance started", "start noted", "instance ended", "port released"]
)
def test_a_controller_killed_between_two_side_effects_leaves_one_instance_or_none(world: World, point: str) -> None:
    spec = world.spec("echo $$ >> pids; exec sleep 60", Ready(run="test -s pids", within=20))
    controller = controller_of(world, spec, BLUEGREEN_FAULT=point)
    assert controller.wait() == -signal.SIGKILL

    async def scenario(runtime: ProcessRuntime) -> None:
        status = await runtime.start(spec)
        pids = await world.pids(1)
        assert [pid for pid in pids if not has_ended(pid)] == [status.pid]
        await runtime.stop(spec.id, spec.stop)
        assert all(has_ended(pid) for pid in pids)
        assert list(await runtime.instances("shop")) == []
        assert json.loads((world.home / "ports.json").read_text())["taken"] == {}

    world.play(scenario)


def test_a_controller_killed_while_starting_leaves_nothing_doubled(world: World) -> None:
    """A controller of its own is killed (-9) as it starts the instance; the next one takes it over."""
    spec = world.spec("echo $$ >> pids; exec sleep 60", Ready(run="test -e open", within=20))

    async def scenario(runtime: ProcessRuntime) -> None:
        controller = controller_of(world, spec)
        (pid,) = await world.pids(1)
        controller.kill()
        controller.wait()
        (status,) = await runtime.instances("shop")
        assert (status.pid, status.state) == (pid, InstanceState.STARTING)
        (world.release / "open").touch()
        assert (await runtime.start(spec)).pid == pid
        assert await world.pids(1) == [pid]
        # It is no child of ours, and watched all the same.
        os.kill(pid, signal.SIGKILL)
        again = await world.changed(InstanceState.READY)
        assert again.restarts == 1
        assert len(await world.pids(2)) == 2

    world.play(scenario)


def test_a_process_whose_record_was_never_written_is_found(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec("setsid sleep 60 & exec sleep 60", ALIVE)
        status = await runtime.start(spec)
        await runtime.close()
        rewrite(world, spec, process=None, ready=False)
        async with world.runtime() as later:
            assert [found.pid for found in await later.instances("shop")] == [status.pid]
            assert (await later.start(spec)).pid == status.pid

    world.play(scenario)


def test_an_intent_that_came_to_nothing_is_started(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec("exec sleep 60", ALIVE)
        before = await runtime.start(spec)
        await runtime.close()
        rewrite(world, spec, process=None, ready=False)
        await killed(before.pid)
        async with world.runtime() as later:
            (seen,) = await later.instances("shop")
            assert seen.state is InstanceState.CRASHED
            status = await later.start(spec)
            assert (status.state, status.address) == (InstanceState.READY, before.address)

    world.play(scenario)


def test_another_process_with_the_recorded_pid_is_never_signalled(world: World) -> None:
    bystander = subprocess.Popen(["sleep", "60"], start_new_session=True)
    # Start times are counted in hundredths of a second: a pid is not used again within one.
    time.sleep(2 / os.sysconf("SC_CLK_TCK"))

    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec("exec sleep 60", ALIVE)
        mine = await runtime.start(spec)
        await runtime.close()
        rewrite(
            world, spec, process=json.loads(record_file(world, spec).read_text())["process"] | {"pid": bystander.pid}
        )
        async with world.runtime() as later:
            (seen,) = await later.instances("shop")
            assert seen.state is InstanceState.CRASHED
            outcome = await later.stop(spec.id, Stop("KILL", within=5))
            assert bystander.poll() is None
            assert outcome.exit is None
            assert mine.pid is not None
            assert has_ended(mine.pid), "its own is still found, by its marker"

    try:
        world.play(scenario)
    finally:
        bystander.kill()
        bystander.wait()


def test_after_a_restart_of_the_machine_all_are_dead_and_resumed(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        specs = [world.spec(world.server(), id=replace(world.spec("").id, index=n)) for n in range(2)]
        before = [await runtime.start(spec) for spec in specs]
        await runtime.close()
        for spec, status in zip(specs, before, strict=True):
            await killed(status.pid)
            process = json.loads(record_file(world, spec).read_text())["process"]
            # The pid and the ticks are a running process's now, of another run of the machine.
            rewrite(world, spec, process=process | {"boot": "an earlier one", "pid": os.getpid()})
        async with world.runtime() as later:
            assert {seen.state for seen in await later.instances("shop")} == {InstanceState.CRASHED}
            resumed = [await later.resume(spec) for spec in specs]
            assert [status.address for status in resumed] == [status.address for status in before]
            await world.changed(InstanceState.READY, 2)

    world.play(scenario)


def test_half_written_records_are_shown_and_can_be_stopped(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec("exec sleep 60", ALIVE)
        status = await runtime.start(spec)
        await runtime.close()
        record_file(world, spec).write_text('{"id": {"app": "sh')
        (world.home / "run" / "shop" / "notes.json").write_text("mine")
        async with world.runtime() as later:
            assert [found.pid for found in await later.instances("shop")] == [status.pid]
            await later.stop(spec.id, spec.stop)
            assert list(await later.instances("shop")) == []
            assert status.pid is not None
            assert has_ended(status.pid)

    world.play(scenario)


def test_another_home_has_no_claim(world: World, tmp_path: Path) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec("exec sleep 60", ALIVE)
        mine = await runtime.start(spec)
        other = World(tmp_path / "other")
        other.release.mkdir(parents=True)
        async with other.runtime() as stranger:
            theirs = await stranger.start(spec)
            assert theirs.pid != mine.pid
            await stranger.stop(spec.id, spec.stop)
        assert mine.pid is not None
        assert not has_ended(mine.pid)

    world.play(scenario)
