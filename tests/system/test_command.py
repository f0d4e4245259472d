"""Commands that end, hang, flood, hide and are cancelled."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bluegreen.core.errors import PermanentError
from bluegreen.system import command as module
from bluegreen.system.command import CommandOutcome, run_command
from bluegreen.system.command_output import LOG_LIMIT

ENV = {"PATH": os.environ["PATH"]}
LONG = 60.0


def run(command: str, folder: Path, within: float = LONG, **options: object) -> CommandOutcome:
    env = {**ENV, **options.pop("env", {})}  # type: ignore[dict-item]
    return asyncio.run(run_command(command, folder, env, within, **options))  # type: ignore[arg-type]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.01)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG):
        while not condition():
            await asyncio.sleep(0.01)


def written_pid(path: Path) -> int:
    wait_for(lambda: path.exists() and path.read_text().endswith("\n"))
    return int(path.read_text())


def test_exit_code_output_folder_and_environment(tmp_path: Path) -> None:
    outcome = run('pwd; echo "$GREETING" >&2; env | wc -l; exit 3', tmp_path, env={"GREETING": "hello"})
    folder, greeting, _ = outcome.output_tail.splitlines()
    assert (folder, greeting) == (str(tmp_path), "hello")
    assert (outcome.exit, outcome.ended, outcome.succeeded, outcome.timed_out) == (3, "exit 3", False, False)
    assert run("true", tmp_path).succeeded


def test_it_gets_this_environment_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_CONTROLLER", "1")
    assert "OF_THE_CONTROLLER" not in run("env", tmp_path).output_tail


def test_it_reads_nothing_and_leads_a_session(tmp_path: Path) -> None:
    outcome = run("cat; echo $$; cut -d' ' -f6 /proc/$$/stat", tmp_path)
    pid, session = outcome.output_tail.split()
    assert pid == session


def test_a_signal_is_named(tmp_path: Path) -> None:
    outcome = run("kill -SEGV $$", tmp_path)
    assert (outcome.exit, outcome.ended) == (-signal.SIGSEGV, "signal SEGV")


def test_time_over_ends_everything_it_started(tmp_path: Path) -> None:
    outcome = run("sleep 1000 & echo $! > child; echo begun; wait", tmp_path, within=0.3)
    assert outcome.timed_out
    assert not outcome.succeeded
    assert outcome.ended == "no end within 0.3 s"
    assert outcome.output_tail == "begun\n"
    assert not alive(written_pid(tmp_path / "child"))


def test_who_handles_term_may_clean_up_and_who_ignores_it_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    polite = "trap 'echo cleaned up; exit 0' TERM; while :; do sleep 0.01; done"
    outcome = run(polite, tmp_path, within=0.3)
    assert outcome.output_tail.endswith("cleaned up\n")
    assert outcome.timed_out
    monkeypatch.setattr(module, "GRACE", 0.2)
    outcome = run("trap '' TERM; echo $$ > pid; while :; do sleep 0.01; done", tmp_path, within=0.3)
    assert outcome.exit == -signal.SIGKILL
    assert not alive(written_pid(tmp_path / "pid"))


def test_what_is_left_behind_is_ended_and_does_not_hold_it_up(tmp_path: Path) -> None:
    outcome = run("sleep 1000 & echo $! > child; echo done", tmp_path)
    assert outcome.succeeded
    assert outcome.output_tail == "done\n"
    assert not alive(written_pid(tmp_path / "child"))


def test_what_left_the_session_does_not_hold_it_up_either(tmp_path: Path) -> None:
    outcome = run(
        "setsid sh -c 'echo $$ > escaped; exec sleep 1000' & while [ ! -s escaped ]; do sleep 0.01; done; echo done",
        tmp_path,
    )
    try:
        assert outcome.succeeded
    finally:
        os.kill(written_pid(tmp_path / "escaped"), signal.SIGKILL)


def test_cancelling_ends_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        task = asyncio.create_task(run_command("sleep 1000 & echo $! > child; wait", tmp_path, ENV, LONG))
        await until(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text() != "")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not alive(written_pid(tmp_path / "child"))

    asyncio.run(scenario())


def test_a_step_that_an_earlier_controller_left_running_is_ended_first(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys; from bluegreen.system.command import run_command;"
        "asyncio.run(run_command('echo $$ > pid; exec sleep 1000', sys.argv[1], {'PATH': '/usr/bin:/bin'}, 60,"
        " key='shop/12/build/web'))"
    )
    controller = subprocess.Popen([sys.executable, "-c", program, tmp_path])
    left = written_pid(tmp_path / "pid")
    controller.kill()
    controller.wait()
    assert alive(left)
    run("true", tmp_path, key="shop/12/build/other")
    assert alive(left)
    run("true", tmp_path, key="shop/12/build/web")
    assert not alive(left)


def test_a_command_that_cannot_be_started_is_explained(tmp_path: Path) -> None:
    for folder, command in ((tmp_path / "gone", "true"), (tmp_path, "x" * 10_000_000)):
        with pytest.raises(PermanentError) as raised:
            run(command, folder)
        assert raised.value.why
        assert raised.value.cure
    assert run("no-such-program", tmp_path).exit == 127


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    async def scenario() -> None:
        await run_command("true", tmp_path, ENV, LONG, log=tmp_path / "log")
        before = len(os.listdir("/proc/self/fd"))
        await run_command("echo 1; sleep 100 &", tmp_path, ENV, LONG, log=tmp_path / "log")
        await run_command("sleep 100", tmp_path, ENV, 0.1, log=tmp_path / "log")
        with pytest.raises(PermanentError):
            await run_command("true", tmp_path / "gone", ENV, LONG, log=tmp_path / "log")
        assert len(os.listdir("/proc/self/fd")) == before

    asyncio.run(scenario())


# Output


def test_of_much_output_the_end_is_kept_in_whole_lines(tmp_path: Path) -> None:
    outcome = run("seq 1 100000; echo the end", tmp_path)
    first, *_, last = outcome.output_tail.splitlines()
    assert (first, last) == ("…", "the end")
    assert len(outcome.output_tail) <= 4100
    assert outcome.output_tail.splitlines()[1:-1] == [
        str(number) for number in range(100001 - len(outcome.output_tail.splitlines()[1:-1]), 100001)
    ]
    assert run("head -c 100000 /dev/zero | tr '\\0' x", tmp_path).output_tail == "…" + 4096 * "x"


def test_a_flood_is_bounded_and_other_things_go_on(tmp_path: Path) -> None:
    async def scenario() -> tuple[CommandOutcome, int]:
        task = asyncio.create_task(run_command("yes flood", tmp_path, ENV, 1.0, log=tmp_path / "log"))
        turns = 0
        while not task.done():
            await asyncio.sleep(0.001)
            turns += 1
        return task.result(), turns

    outcome, turns = asyncio.run(scenario())
    assert outcome.timed_out
    assert turns > 50
    assert LOG_LIMIT <= (tmp_path / "log").stat().st_size < LOG_LIMIT + 100
    assert "the rest is left out" in (tmp_path / "log").read_bytes()[-100:].decode()


def test_output_is_also_appended_to_a_log_that_only_its_owner_may_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run("echo one", tmp_path, log=log)
    run("echo two >&2", tmp_path, log=log)
    assert log.read_text() == "one\ntwo\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    with log.open("ab") as file:
        file.truncate(LOG_LIMIT)
    run("echo three", tmp_path, log=log)
    assert log.read_text() == "three\n"
    assert (tmp_path / "log.1").stat().st_size == LOG_LIMIT


def test_a_log_that_cannot_be_written_costs_nothing_else(tmp_path: Path) -> None:
    assert run("echo one", tmp_path, log=tmp_path / "no/folder/log").output_tail == "one\n"
    if Path("/dev/full").exists():
        assert run("echo one", tmp_path, log=Path("/dev/full")).output_tail == "one\n"


def test_secrets_are_masked_however_they_arrive(tmp_path: Path) -> None:
    secret = "s3cr3t-" * 20
    slow = 'printf "%s" "$S" | cut -c1-70 | tr -d "\\n"; sleep 0.2; printf "%s\\n" "$S" | cut -c71-; echo "<$S>"'
    outcome = run(slow, tmp_path, env={"S": secret}, secrets=[secret], log=tmp_path / "log")
    assert outcome.output_tail == "***\n<***>\n"
    assert (tmp_path / "log").read_text() == "***\n<***>\n"
    flood = 'i=0; while [ $i -lt 2000 ]; do printf "%s." "$S"; i=$((i+1)); done'
    outcome = run(flood, tmp_path, env={"S": secret}, secrets=[secret], log=tmp_path / "log2")
    assert set(outcome.output_tail) == set("…*.")
    assert (tmp_path / "log2").read_text() == "***." * 2000


def test_what_a_terminal_would_obey_is_taken_out(tmp_path: Path) -> None:
    assert run("printf '\\033[31mred\\033[0m\\007\\n\\377'", tmp_path).output_tail == "red\n�"


def test_the_exit_is_seen_when_output_was_closed_before(tmp_path: Path) -> None:
    outcome = run("exec >&- 2>&-; sleep 0.2; exit 4", tmp_path)
    assert outcome.exit == 4
