"""Node, and the dashboard's own tools installed in a folder of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "dashboard"
OLDEST = (20, 19)
"""Of Node, as the build tool asks for it."""


def install(into: Path) -> Path:
    """A copy of the dashboard's source with what it is built with. Skips without Node; in CI that is a failure."""
    if _node() < OLDEST:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            f"Node {OLDEST[0]}.{OLDEST[1]} or later is not installed"
        )
    copy = into / "dashboard"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("node_modules"))
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], copy)
    return copy


def run(command: list[str], cwd: Path, stdin: str = "") -> str:
    done = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _node() -> tuple[int, ...]:
    if not (shutil.which("node") and shutil.which("npm")):
        return (0,)
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    return tuple(int(part) for part in version.strip().removeprefix("v").split(".")[:2])
