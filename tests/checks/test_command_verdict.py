"""What a guard's command says by every kind of end."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from bluegreen.checks.command_verdict import CommandSource
from bluegreen.checks.sources import Watched
from bluegreen.core.evidence import Reading
from bluegreen.core.spec import CommandGuard
from bluegreen.core.verdict import Verdict


def judge(command: str, folder: Path, within: float = 30.0) -> Reading:
    env = {"PATH": os.environ["PATH"], "TOKEN": "t0k3n"}
    watched = Watched({}, None, str(folder), env, ("t0k3n",))
    return asyncio.run(CommandSource().read(CommandGuard(command, within=within), watched))


@pytest.mark.parametrize(("code", "verdict"), [(0, Verdict.ALLOW), (1, Verdict.BLOCK), (2, Verdict.CANNOT_TELL)])
def test_three_ends_are_verdicts(code: int, verdict: Verdict, tmp_path: Path) -> None:
    reading = judge(f'echo looking; echo "token $TOKEN"; exit {code}', tmp_path)
    assert reading == Reading(None, verdict, f"exit {code}: token ***")


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("exit 3", "exit 3"),
        ("echo 'no module'; exit 77", "exit 77: no module"),
        ("no-such-program", "exit 127"),
        ("kill -KILL $$", "signal KILL"),
        ("kill -SEGV $$", "signal SEGV"),
        ("if", "exit 2"),
    ],
)
def test_other_ends_are_no_verdict_of_the_release(command: str, why: str, tmp_path: Path) -> None:
    reading = judge(command, tmp_path)
    assert reading.verdict in (None, Verdict.CANNOT_TELL)
    assert reading.value is None
    assert reading.why.startswith(why)


def test_one_that_hangs_is_missing_and_everything_that_it_started_ends(tmp_path: Path) -> None:
    reading = judge("sleep 1000 & echo $! > pid; echo asking; wait", tmp_path, within=0.3)
    assert reading == Reading(why="no end within 0.3 s: asking")
    still = Path(f"/proc/{int((tmp_path / 'pid').read_text())}/cmdline")
    assert not still.exists() or still.read_text() == "", "it runs on (one that is only not reaped has no arguments)"


def test_one_that_allows_after_its_time_does_not(tmp_path: Path) -> None:
    reading = judge("trap 'exit 0' TERM; while :; do sleep 0.01; done", tmp_path, within=0.2)
    assert reading.verdict is None
    assert "no end within" in reading.why


def test_a_release_folder_that_is_gone_is_missing(tmp_path: Path) -> None:
    reading = judge("true", tmp_path / "gone")
    assert reading.verdict is None
    assert "cannot be started" in reading.why
