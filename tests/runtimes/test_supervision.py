"""Real instances that crash, ignore signals, flood their logs, or leave children behind."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import signal
import socket
import urllib.request
from dataclasses import replace

import pytest
from tests.runtimes.world import World, has_ended, until

from bluegreen.core.spec import Ready, Stop
from bluegreen.runtimes.base import InstanceSpec, InstanceState
from bluegreen.runtimes.process import ProcessRuntime
from bluegreen.runtimes.process.instance import _FIRST_BACK_OFF

ALIVE = Ready(run="true", within=10)


def get(address: str | None) -> int:
    with urllib.request.urlopen(f"http://{address}/healthz", timeout=5) as answer:
        return int(answer.status)


def test_a_killed_server_serves_again_on_its_port(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        status = await runtime.start(world.spec(world.server()))
        for count in (1, 2):
            assert await asyncio.to_thread(get, status.address) == 200
            assert status.pid is not None
            os.kill(status.pid, signal.SIGKILL)
            assert (await world.changed(InstanceState.CRASHED, count)).exit == "signal KILL"
            status = await world.changed(InstanceState.READY, count)
            assert status.restarts == count
        assert await asyncio.to_thread(get, status.address) == 200

    world.play(scenario)


def test_back_off_grows(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec("test -e crash && exit 5; exec sleep 60", ALIVE)
        await runtime.start(spec)
        (world.release / "crash").touch()
        (status,) = await runtime.instances("shop")
        assert status.pid is not None
        os.kill(status.pid, signal.SIGTERM)
        await world.changed(InstanceState.CRASHED, 4)
        crashed = [change for change in world.changes if change.state is InstanceState.CRASHED]
        assert [change.exit for change in crashed] == ["signal TERM", "exit 5", "exit 5", "exit 5"]
        assert [change.restarts for change in crashed] == [0, 1, 2, 3]
        waits = [later.since - earlier.since for earlier, later in itertools.pairwise(crashed)]
        assert all(wait >= _FIRST_BACK_OFF * 2**n for n, wait in enumerate(waits))
        (world.release / "crash").unlink()
        assert (await world.changed(InstanceState.READY)).restarts == 4

    world.play(scenario)


def test_a_missing_folder_is_named_and_restored(world: World) -> None:
    restored: list[InstanceSpec] = []

    async def restore(spec: InstanceSpec) -> None:
        restored.append(spec)
        if len(restored) == 1:
            raise OSError("artifact lost")
        world.release.mkdir()

    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec("exec sleep 60", ALIVE)
        status = await runtime.start(spec)
        shutil.rmtree(world.release)
        assert status.pid is not None
        os.kill(status.pid, signal.SIGKILL)
        missing = await world.changed(InstanceState.CRASHED, 2)
        assert missing.exit is not None
        assert f"its folder {world.release} is missing" in missing.exit
        runtime.restore_folder = restore
        assert "artifact lost" in ((await world.changed(InstanceState.CRASHED, 3)).exit or "")
        await world.changed(InstanceState.READY)
        assert restored == [spec, spec]

    world.play(scenario)


def test_a_port_taken_while_it_was_down_is_named(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        status = await runtime.start(world.spec(world.server()))
        assert status.pid is not None
        assert status.address is not None
        os.kill(status.pid, signal.SIGKILL)
        await world.changed(InstanceState.CRASHED)
        with socket.create_server(("127.0.0.1", int(status.address.split(":")[1]))):
            held = await world.changed(InstanceState.CRASHED, 2)
            assert f"(pid {os.getpid()})" in (held.exit or "")
        assert (await world.changed(InstanceState.READY)).address == status.address

    world.play(scenario)


def test_what_ignores_term_is_killed(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec("trap '' TERM; touch up; while :; do sleep 0.1; done", Ready(run="test -e up"))
        status = await runtime.start(spec)
        outcome = await runtime.stop(spec.id, Stop("TERM", within=0.3))
        assert (outcome.killed, outcome.exit) == (True, "signal KILL")
        assert status.pid is not None
        assert has_ended(status.pid)

    world.play(scenario)


def test_another_signal_can_be_asked_for(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec("trap 'exit 7' INT; touch up; while :; do sleep 0.05; done", Ready(run="test -e up"))
        await runtime.start(spec)
        outcome = await runtime.stop(spec.id, Stop("INT", within=10))
        assert (outcome.killed, outcome.exit) == (False, "exit 7")

    world.play(scenario)


CHILDREN = (
    "sleep 60 & echo $! >> pids; "
    "(setsid sh -c 'echo $$ >> pids; exec sleep 60' &) ; "
    "(sh -c 'trap \"\" TERM; echo $$ >> pids; while :; do sleep 0.1; done' &) ; "
)


def test_children_and_daemons_end_with_it(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec(CHILDREN + "exec sleep 60", ALIVE)
        await runtime.start(spec)
        pids = await world.pids(3)
        assert not any(has_ended(pid) for pid in pids)
        assert (await runtime.stop(spec.id, Stop(within=0.3))).killed is True
        assert all(has_ended(pid) for pid in pids)

    world.play(scenario)


def test_children_that_outlive_a_crash_end_before_it_runs_again(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec(f"test -e pids || {{ {CHILDREN} }} ; exec sleep 60", ALIVE, stop=Stop(within=0.3))
        status = await runtime.start(spec)
        pids = await world.pids(3)
        assert status.pid is not None
        os.kill(status.pid, signal.SIGKILL)
        await world.changed(InstanceState.READY)
        assert all(has_ended(pid) for pid in pids)

    world.play(scenario)


def test_nothing_of_our_own_environment_is_seen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLUEGREEN_HOME", "/somewhere")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of another")

    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec("env > seen; pwd >> seen; exec sleep 60", Ready(run="test -s seen"))
        await runtime.start(replace(spec, env={**spec.env, "LOG_LEVEL": "info"}))
        await until(lambda: str(world.release) in (world.release / "seen").read_text().splitlines())
        seen = (world.release / "seen").read_text().splitlines()
        names = {line.split("=")[0] for line in seen}
        assert {"PATH", "PORT", "LOG_LEVEL", "BLUEGREEN_INSTANCE"} <= names
        assert not names & {"VIRTUAL_ENV", "BLUEGREEN_HOME", "PYTHONPATH", "AWS_SECRET_ACCESS_KEY"}

    world.play(scenario)


def test_it_leaves_no_zombies(world: World) -> None:
    async def scenario(runtime: ProcessRuntime) -> None:
        spec = world.spec("exec sleep 60", ALIVE)
        status = await runtime.start(spec)
        assert status.pid is not None
        os.kill(status.pid, signal.SIGKILL)
        await world.changed(InstanceState.CRASHED)
        assert not os.path.exists(f"/proc/{status.pid}")

    world.play(scenario)
