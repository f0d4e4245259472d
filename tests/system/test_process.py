"""Real processes, found again, signalled and ended."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bluegreen.system import process
from bluegreen.system.process import ProcessRecord, spawn_detached
from bluegreen.system.procfs import boot_id, read_stat

ENV = {"PATH": os.environ["PATH"]}


def wait_until(condition: Callable[[], object], within: float = 10.0) -> None:
    limit = time.monotonic() + within
    while not condition():
        assert time.monotonic() < limit, "did not come true"
        time.sleep(0.01)


def spawn(tmp_path: Path, command: str, **env: str) -> ProcessRecord:
    return spawn_detached(["sh", "-c", command], env=ENV | env, cwd=tmp_path, log=tmp_path / "log")


def pids_in(file: Path, count: int) -> list[int]:
    wait_until(lambda: file.exists() and len(file.read_text().split()) >= count)
    return [int(pid) for pid in file.read_text().split()]


def has_ended(pid: int) -> bool:
    stat = read_stat(pid)
    return stat is None or stat.ended


def test_output_is_appended_and_the_exit_known(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("before\n")
    record = spawn(tmp_path, "pwd; echo wrong >&2; exit 3")
    asyncio.run(process.wait_ended(record))
    assert (tmp_path / "log").read_text() == f"before\n{tmp_path}\nwrong\n"
    assert process.exit_text(record) == "exit 3"
    assert not process.is_running(record)
    assert read_stat(record.pid) is None, "reaped"


def test_it_survives_the_process_that_started_it_and_is_waited_for_by_another(tmp_path: Path) -> None:
    code = (
        "import json, sys, dataclasses, pathlib; from bluegreen.system.process import spawn_detached\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "record = spawn_detached(['sleep', '60'], env={'PATH': '/usr/bin:/bin'}, cwd=folder, log=folder / 'log')\n"
        "print(json.dumps(dataclasses.asdict(record)), flush=True)\n"
        "import os; os.kill(os.getpid(), 9)\n"
    )
    out = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    record = ProcessRecord(**__import__("json").loads(out.stdout))
    assert out.returncode == -9
    assert process.is_running(record)
    assert os.getsid(record.pid) == record.pid

    async def scenario() -> None:
        waiting = [asyncio.create_task(process.wait_ended(record)) for _ in range(2)]
        await asyncio.sleep(0)
        assert process.send_signal(record, signal.SIGTERM)
        async with asyncio.timeout(10):
            await asyncio.gather(*waiting)

    asyncio.run(scenario())
    assert not process.is_running(record)
    assert process.exit_text(record) is None


def test_another_process_with_its_pid_is_never_taken_for_it(tmp_path: Path) -> None:
    real = spawn(tmp_path, "sleep 60")
    others = (
        dataclasses.replace(real, ticks=real.ticks - 1),
        dataclasses.replace(real, boot="another start of the machine"),
    )
    for other in others:
        assert not process.is_running(other)
        assert not process.send_signal(other, signal.SIGKILL)
        assert asyncio.run(process.end(other, signal.SIGKILL, 1.0)) is False
        asyncio.run(process.wait_ended(other))
    assert process.is_running(real)
    assert asyncio.run(process.end(real, signal.SIGTERM, 10.0)) is False
    assert process.exit_text(real) == "signal TERM"


def test_what_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    record = spawn(tmp_path, "trap '' TERM; echo $$ > ready; while :; do sleep 0.05; done")
    wait_until(lambda: (tmp_path / "ready").exists())
    assert asyncio.run(process.end(record, signal.SIGTERM, 0.2)) is True
    assert process.exit_text(record) == "signal KILL"


def test_children_end_with_it_also_those_that_outlived_it(tmp_path: Path) -> None:
    record = spawn(tmp_path, "sleep 60 & echo $! >> pids; (sleep 60 & echo $! >> pids); exit 0")
    pids = pids_in(tmp_path / "pids", 2)

    async def scenario() -> None:
        await process.wait_ended(record, reap=False)
        assert not any(has_ended(pid) for pid in pids)
        assert await process.end(record, signal.SIGTERM, 10.0) is False

    asyncio.run(scenario())
    assert all(has_ended(pid) for pid in pids)
    assert process.exit_text(record) == "exit 0"


def test_a_daemon_that_left_the_session_is_found_by_its_marker(tmp_path: Path) -> None:
    record = spawn(tmp_path, "setsid sh -c 'echo $$ >> pids; exec sleep 60' & exit 0", MARK="a:1")
    (pid,) = pids_in(tmp_path / "pids", 1)
    asyncio.run(process.wait_ended(record))
    asyncio.run(process.end(record, signal.SIGTERM, 10.0, marker="MARK=a:2"))
    assert not has_ended(pid), "another's marker"
    asyncio.run(process.end(record, signal.SIGTERM, 10.0, marker="MARK=a:1"))
    assert has_ended(pid)


def test_a_session_without_proof_is_left_alone(tmp_path: Path) -> None:
    record = spawn(tmp_path, "sleep 60 & echo $! >> pids; exit 0")
    (pid,) = pids_in(tmp_path / "pids", 1)
    asyncio.run(process.wait_ended(record))
    assert asyncio.run(process.end(record, signal.SIGKILL, 1.0)) is False
    assert not has_ended(pid), "its leader is gone and nothing else tells whose it is"
    os.kill(pid, signal.SIGKILL)


def test_a_stopped_process_ends_too(tmp_path: Path) -> None:
    record = spawn(tmp_path, "sleep 60")
    process.send_signal(record, signal.SIGSTOP)
    assert asyncio.run(process.end(record, signal.SIGTERM, 10.0)) is False


def test_boot_id_is_part_of_the_identity(tmp_path: Path) -> None:
    record = spawn(tmp_path, "true")
    assert record.boot == boot_id()
    asyncio.run(process.wait_ended(record))
