"""Whole commands, from the shell to their exit: a rollback, and a deployment of an application that is ready at once.

Beside them what any Python command costs on this machine. ``python -m bench.commands [--quick]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.application import PYTHON, Application, controller

BLUEGREEN = str(Path(sys.executable).parent / "bluegreen")


def timed(command: Sequence[str], folder: Path) -> float:
    """Milliseconds that a command takes. Raises CalledProcessError when it fails."""
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return (time.perf_counter() - began) * 1000


def row(name: str, times: Sequence[float]) -> str:
    return f"| {name} | {len(times)} | {statistics.median(times):.0f} / {max(times):.0f} ms |"


HEADER = """\
| command | runs | median / worst |
| --- | --- | --- |"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="about twenty seconds")
    options = parser.parse_args()
    rollbacks, deployments = (10, 5) if options.quick else (40, 20)
    with tempfile.TemporaryDirectory(prefix="bgb-") as scratch, controller() as found:
        run = f"exec {PYTHON} -S ready.py $PORT"
        web = {"run": run, "receives": "/", "ready": {"http": "/"}}
        app = Application(Path(scratch) / "shop", found, components={"web": web}, switch={"drain": "1s"})
        home = ["--home", str(found.home)]
        deploys, backs, bare, version = [], [], [], []
        for _ in range(deployments):
            app.change()
            deploys.append(timed([BLUEGREEN, "deploy", *home], app.folder))
        for _ in range(rollbacks):
            # A second press would change nothing: each one leads to the other release.
            to = app.standby()
            bare.append(timed([sys.executable, "-c", "pass"], app.folder))
            version.append(timed([BLUEGREEN, "--version"], app.folder))
            backs.append(timed([BLUEGREEN, "rollback", "--to", to, *home], app.folder))
    print(HEADER)
    print(row("`python -c pass`", bare))
    print(row("`bluegreen --version`", version))
    print(row("`bluegreen rollback`, until the route is confirmed", backs))
    print(row("`bluegreen deploy`, ready 50 ms after its start, no build, no watch", deploys))
    return 0


if __name__ == "__main__":
    sys.exit(main())
