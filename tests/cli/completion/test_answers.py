"""What a press of Tab is answered, and what it may cost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.recorded import Recorded, deployment, status
from tests.cli.test_start import PROGRAM


def answers(home: Path, *words: str, cwd: Path) -> list[list[str]]:
    """Kind, value and help of each candidate for the last word."""
    done = asked(home, *words, cwd=cwd)
    return [line.split("\t") for line in done.stdout.splitlines() if line]


def asked(home: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    line = ("bluegreen", *words)
    env = {k: v for k, v in os.environ.items() if k not in ("CI", "BLUEGREEN_HOME")}
    env |= {
        "BLUEGREEN_HOME": str(home),
        "COMP_WORDS": "\n".join(line),
        "COMP_CWORD": str(len(words)),
        "_BLUEGREEN_COMPLETE": "complete_bash",
    }
    program = PROGRAM.replace("import sys\n", "import sys\nsys.argv[0] = 'bluegreen'\n")
    return subprocess.run([sys.executable, "-c", program], cwd=cwd, env=env, capture_output=True, text=True)


def test_it_loads_nothing_heavy(home: Path, tmp_path: Path, controller: Recorded) -> None:
    controller.answers["GET /v1/apps"] = (200, {"apps": [status()]})
    for words in (["ro"], ["deploy", "--"], ["rollback", "--app", ""]):
        done = asked(home, *words, cwd=tmp_path)
        *_, code, heavy = done.stderr.splitlines()
        assert (code, heavy.split()) == ("code 0", [])
        assert done.stdout


def test_releases_once_each_with_a_word_about_them(home: Path, tmp_path: Path, controller: Recorded) -> None:
    failed = deployment(4, result="failed") | {"message": "two\nlines\tand a tab"}
    back = deployment(5) | {"kind": "rollback", "release": "r3"}
    controller.answers["GET /v1/apps/shop/deployments"] = (200, {"deployments": [back, failed, deployment(3)]})
    (tmp_path / "bluegreen.yaml").write_text("app: shop\n")
    assert answers(home, "rollback", "--to", "", cwd=tmp_path) == [
        ["plain", "r4", "failed two lines and a tab"],
        ["plain", "r3", "completed lamps"],
    ]


def test_components_of_both_environments_and_the_shared_ones(home: Path, tmp_path: Path, controller: Recorded) -> None:
    found = status() | {"shared": {"ranker": {"release": "r1", "instances": []}}}
    controller.answers["GET /v1/apps/shop"] = (200, found)
    names = [value for _, value, _ in answers(home, "logs", "--app", "shop", "", cwd=tmp_path)]
    assert "ranker" in names
    assert len(names) == len(set(names)) > 1


@pytest.mark.parametrize("words", [["rollback", "--home", "/nowhere", "--to", ""], ["show", ""]])
def test_what_nobody_knows_is_no_error(words: list[str], home: Path, tmp_path: Path) -> None:
    assert answers(home, *words, cwd=tmp_path) == []


def test_a_controller_that_hangs_holds_the_shell_up_for_a_second(
    home: Path, tmp_path: Path, controller: Recorded
) -> None:
    controller.answers["GET /v1/apps"] = lambda handler: time.sleep(30)
    began = time.monotonic()
    assert answers(home, "rollback", "--app", "", cwd=tmp_path) == []
    assert time.monotonic() - began < 15


def test_flags_and_their_variants(home: Path, tmp_path: Path, controller: Recorded) -> None:
    beta = {"flag": "beta", "gives": "off", "variants": {"on": True, "off": False}}
    controller.answers["GET /v1/apps/shop/flags"] = (200, {"release": "r3", "flags": [beta]})
    (tmp_path / "bluegreen.yaml").write_text("app: shop\n")
    assert [value for _, value, _ in answers(home, "flags", "set", "be", cwd=tmp_path)] == ["beta=on", "beta=off"]
    assert answers(home, "flags", "set", "--off", "", cwd=tmp_path) == [["plain", "beta", "gives off"]]
