"""Runs the tested blocks of a page as a reader would: one shell, one folder, a home and ports of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.docs.page import Block
from tests.e2e.controller import free_port

END = "=== end of block ==="
FIGURE = re.compile(r"(?<![a-z])(?<!exit code )\d[\d,.:]*( (ms|s|min|h)\b)?")
PATH = re.compile(r"(?<!/)(/[\w.-]+){2,}")
WHO = re.compile(r"\b[\w.-]+@[\w.-]+")
STILL_COUNTED = re.compile(r"(?:, then N requests to the old environment|^(drain) .*)$")
BAR = re.compile(r"[█░▏▎▍▌▋▊▉]+")


def run(blocks: Sequence[Block], folder: Path) -> list[str]:
    """What each block printed. Fails with the whole output when a command fails."""
    home = Path(tempfile.mkdtemp(prefix="bgd-"))
    environ = {k: v for k, v in os.environ.items() if k not in ("CI", "BLUEGREEN_DEBUG", "VIRTUAL_ENV")}
    path = f"{Path(sys.executable).parent}:{environ['PATH']}"
    environ |= {"BLUEGREEN_HOME": str(home), "PATH": path, "COLUMNS": "120"}
    script = "set -eu\n" + "".join(f"{block.commands}\necho '{END}'\n" for block in blocks)
    printed = home / "printed"
    try:
        with printed.open("wb") as out:
            done = subprocess.run(
                ["sh", "-c", with_free_ports(script)],
                cwd=folder,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                timeout=120,
            )
        output = printed.read_text(encoding="utf-8", errors="replace")
        assert done.returncode == 0, f"a command ended with {done.returncode}:\n{output}"
        return output.split(END)[: len(blocks)]
    finally:
        end(home)


def with_free_ports(script: str) -> str:
    """Pages write these ports, `bluegreen init` the first two; a test takes what is free."""
    ports = {written: str(free_port()) for written in ("8080", "8081", "8443", "9000")}
    # At once: the port that is given for one of them may have another one's digits in it.
    script = re.sub("|".join(ports), lambda found: ports[found[0]], script)
    return script.replace("bluegreen init\n", f"bluegreen init\nsed -i s/8080/{ports['8080']}/ bluegreen.yaml\n")


def end(home: Path) -> None:
    """Stop everything that runs over a home, and remove it."""
    command = [sys.executable, "-m", "bluegreen", "--home", str(home), "stop", "--all", "--yes"]
    subprocess.run(command, capture_output=True, timeout=60, check=False)
    subprocess.run(["rm", "-rf", str(home)], check=True)


def same(line: str) -> str:
    """A line without what differs from run to run: figures, times, folders, names of machines, widths of columns, and
    how far a drain has come."""
    line = FIGURE.sub("N", PATH.sub("/path", WHO.sub("who", BAR.sub("", line))))
    line = " ".join(line.split()).replace("draining", "standby")
    return STILL_COUNTED.sub(lambda found: found[1] or "", line)
