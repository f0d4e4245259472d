"""The API as schemathesis reads its description: every check it has, with a token and without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bluegreen.access.access import Access
from tests.client.served import served

RULES = Path(__file__).with_name("schemathesis.toml")
LEFT_OUT = ("stop_controller", "live")
"""They end what is asked, and never end: they are tested by themselves."""


@pytest.mark.parametrize("token", ["of-the-admin", "of-a-viewer", None])
def test_it_is_as_it_is_described(tmp_path: Path, token: str | None) -> None:
    with served(tmp_path, access=Access(tmp_path, ())) as url:
        command = [str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(RULES), "run"]
        command += [f"{url}/v1/openapi.json", "--checks", "all", "--phases", "examples,coverage,fuzzing"]
        command += ["--max-examples", "3", "--max-time", "25", "--generation-database", "none", "--no-shrink"]
        command += ["--continue-on-failure", "--request-timeout", "20", "--no-color", "--warnings", "off"]
        command += [f"--exclude-operation-id={name}" for name in LEFT_OUT]
        command += ["--header", f"Authorization: Bearer {token}"] if token else []
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=170, check=False)
        assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
