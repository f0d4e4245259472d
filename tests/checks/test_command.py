"""What a command check says of every kind of end."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from bluegreen.checks.base import Finding, Target
from bluegreen.checks.command import CommandChecker
from bluegreen.core.spec import CommandCheck
from bluegreen.core.verdict import Verdict


def check(command: str, folder: Path, within: float = 30.0, secrets: tuple[str, ...] = (), **env: str) -> Finding:
    variables = {"PATH": os.environ["PATH"], "BLUEGREEN_URL": "http://127.0.0.1:1", **env}
    target = Target("http://127.0.0.1:1", None, str(folder), variables, secrets)
    return asyncio.run(CommandChecker().run(CommandCheck(command, within), target))


def test_exit_zero_allows_and_anything_else_blocks(tmp_path: Path) -> None:
    allowed = check('pwd; echo "$BLUEGREEN_URL"', tmp_path)
    assert allowed.verdict is Verdict.ALLOW
    assert allowed.evidence == {"exit": "exit 0", "output": f"{tmp_path}\nhttp://127.0.0.1:1\n"}
    blocked = check("echo 2 passed; echo '1 failed' >&2; exit 7", tmp_path)
    assert blocked.verdict is Verdict.BLOCK
    assert blocked.reason == "exit 7: 1 failed"
    assert blocked.evidence["output"] == "2 passed\n1 failed\n"
    assert check("exit 1", tmp_path).reason == "exit 1, without a word"
    assert check("kill -KILL $$", tmp_path).evidence["exit"] == "signal KILL"
    assert check("no-such-program", tmp_path).verdict is Verdict.BLOCK


def test_time_over_blocks(tmp_path: Path) -> None:
    finding = check("echo still here; sleep 1000", tmp_path, within=0.3)
    assert finding.verdict is Verdict.BLOCK
    assert finding.reason == "no end within 0.3 s: still here"


def test_one_that_exits_zero_after_its_time_does_not_allow(tmp_path: Path) -> None:
    finding = check("trap 'exit 0' TERM; while :; do sleep 0.01; done", tmp_path, within=0.2)
    assert finding.verdict is Verdict.BLOCK


def test_a_release_folder_that_was_deleted_cannot_be_judged(tmp_path: Path) -> None:
    finding = check("true", tmp_path / "gone")
    assert finding.verdict is Verdict.CANNOT_TELL
    assert "cannot be started" in finding.reason


def test_secrets_are_in_neither_reason_nor_evidence(tmp_path: Path) -> None:
    finding = check('echo "token is $TOKEN"; exit 1', tmp_path, secrets=("t0k3n",), TOKEN="t0k3n")
    assert finding.reason == "exit 1: token is ***"
    assert finding.evidence["output"] == "token is ***\n"
