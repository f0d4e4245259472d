"""Running the command line as a user does, or in this process where that tells as much and takes less time."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bluegreen.cli.main import main


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


class Cli:
    """`bluegreen` in this process, with a home of its own and away from any application's folder."""

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Ran:
        self._monkeypatch.setattr(sys, "argv", ["bluegreen", "--home", str(self.home), *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self._capsys.readouterr()
        return Ran(code_of(ended.value.code), out, err)


def code_of(code: Any) -> int:
    return int(code or 0)


def run(*arguments: str, cwd: Path, env: dict[str, str] | None = None, within: float = 60.0) -> Ran:
    """`bluegreen` as a process of its own."""
    clean = {k: v for k, v in os.environ.items() if k != "CI" and not k.startswith("BLUEGREEN_")}
    done = subprocess.run(
        [sys.executable, "-m", "bluegreen", *arguments],
        cwd=cwd,
        env={**clean, **(env or {})},
        capture_output=True,
        text=True,
        timeout=within,
        stdin=subprocess.DEVNULL,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
