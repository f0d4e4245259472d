"""docs/reference/client.md: its examples are right by mypy and run in order on a real controller, and every method is
named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bluegreen.client import Client, address, wire
from bluegreen.client import errors as of_the_client
from bluegreen.core import errors as of_the_core
from tests.docs.page import FENCE, ROOT
from tests.e2e.controller import Controller, Shop

PAGE = (ROOT / "docs/reference/client.md").read_text(encoding="utf-8")
EXAMPLES = [fence["body"] for fence in FENCE.finditer(PAGE) if fence["kind"] == "python"]


def test_the_examples_are_right_by_mypy(tmp_path: Path) -> None:
    for number, example in enumerate(EXAMPLES):
        (tmp_path / f"example{number}.py").write_text("from pathlib import Path\n" + example)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--cache-dir",
        str(tmp_path / "cache"),
        "--config-file",
        "/dev/null",
    ]
    done = subprocess.run([*command, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stdout


def test_the_examples_run(tmp_path: Path) -> None:
    shop, controller = Shop(tmp_path / "shop"), Controller()
    try:
        controller.start()
        controller.deploy(shop.folder)
        shop.next_release()
        program = "\n".join(EXAMPLES)
        env = {**os.environ, "BLUEGREEN_HOME": str(controller.home)}
        env = {name: value for name, value in env.items() if name not in ("BLUEGREEN_URL", "CI")}
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=shop.folder, env=env, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        assert "r2 completed" in done.stdout
        assert "shop is locked by" in done.stdout
        assert "['r2']" in done.stdout
        assert "r1 True" in done.stdout
        assert done.stdout.splitlines()[-2:] == ["status", "r1"]
    finally:
        controller.close()


@pytest.mark.parametrize("name", [name for name in vars(Client) if not name.startswith("_")])
def test_every_method_is_named(name: str) -> None:
    table = PAGE.partition("## Methods")[2].partition("## With asyncio")[0]
    assert f"`{name}(" in table or f"`{name}`" in table


def test_every_error_is_named() -> None:
    table = PAGE.partition("## Errors")[2].partition("```")[0]
    for kind in {
        *wire._STATUS.values(),
        of_the_client.NoController,
        of_the_client.AnswerLost,
        of_the_core.PermanentError,
    }:
        assert f"{kind.__module__.replace('client.errors', 'client')}.{kind.__name__}`" in table


def test_the_limits_are_those_of_the_code() -> None:
    from bluegreen.api import files
    from bluegreen.system import batch, manifest

    assert f"At most {manifest.LIMIT_FILES:,} files, of {manifest.LIMIT_BYTES >> 30} GiB together" in PAGE
    assert (
        f"at most {batch.LARGEST >> 20} MiB each, {batch.MOST:,}\n   files and {files.LARGEST_BATCH >> 20} MiB" in PAGE
    )
    assert address.DEFAULT_HOME in PAGE
