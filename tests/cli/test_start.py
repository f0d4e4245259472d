"""What the command line loads before it does anything: going back must not wait for imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import bluegreen
from bluegreen.cli.commands import COMMANDS
from tests.cli.recorded import Recorded
from tests.cli.run import run

HEAVY = ("pydantic", "rich", "httpx2", "fastapi", "starlette", "uvicorn", "asyncio", "yaml", "structlog", "psutil")

PROGRAM = f"""
import sys
from bluegreen.cli.main import main
try:
    main()
except SystemExit as end:
    print("code", end.code or 0, file=sys.stderr)
print(*(name for name in sys.modules if name.partition(".")[0] in {HEAVY!r}), file=sys.stderr)
"""


def loaded(arguments: list[str], cwd: Path) -> list[str]:
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], cwd=cwd, capture_output=True, text=True)
    *_, code, heavy = done.stderr.splitlines()
    assert code == "code 0", done.stderr
    return heavy.split()


ROLLED_BACK = {
    "deployment": 4,
    "instant": True,
    "confirmed": True,
    "release": "r1",
    "target": "r1",
    "live": "blue",
    "epoch": 8,
    "notice": "",
    "after": 30,
}


@pytest.mark.parametrize("named", [True, False])
def test_rollback_loads_nothing_heavy(named: bool, home: Path, tmp_path: Path, controller: Recorded) -> None:
    (tmp_path / "bluegreen.yaml").write_text("# ours\napp: shop\n")
    controller.answers["POST /v1/apps/shop/rollback"] = (200, ROLLED_BACK)
    where = ["--app", "shop"] if named else []
    assert loaded(["--home", str(home), *where, "rollback"], tmp_path) == []
    assert controller.bodies("POST /v1/apps/shop/rollback") == [{"to": None}]


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["rollback", "--help"], ["deploy", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    assert loaded(arguments, tmp_path) == []


def test_help_names_every_command(tmp_path: Path) -> None:
    out = run("--help", cwd=tmp_path).out
    for name in COMMANDS:
        assert f"\n  {name} " in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, tmp_path: Path) -> None:
    ran = run(name, "--help", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert f"bluegreen {name}" in ran.out


def test_version(tmp_path: Path) -> None:
    assert run("--version", cwd=tmp_path).out.strip() == f"bluegreen {bluegreen.__version__}"


def test_a_typing_error_is_wrong_usage(tmp_path: Path) -> None:
    ran = run("rolback", cwd=tmp_path)
    assert ran.code == 2
    assert "Did you mean 'rollback'?" in ran.err
