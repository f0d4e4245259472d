"""An application for the benchmarks, over a controller of their own: the upstream beside them, in releases that differ
only by a number."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from tests.e2e.controller import Controller, Json, free_port

BENCH = Path(__file__).parent
PYTHON = Path(sys.base_prefix) / "bin" / "python3"


@contextmanager
def controller() -> Iterator[Controller]:
    """A controller with a home of its own; everything of it is gone afterwards."""
    found = Controller()
    try:
        found.start()
        yield found
    finally:
        found.close()


@dataclass(frozen=True)
class Live:
    """The live environment, and the port of its first instance."""

    color: str
    release: str
    port: int


class Application:
    """A folder with ``bluegreen.yaml``, and what the benchmarks ask of it. ``changes`` go into the file."""

    def __init__(self, folder: Path, controller: Controller, name: str = "shop", **changes: Any) -> None:
        self.folder, self.name, self._controller = folder, name, controller
        self.port = free_port()
        folder.mkdir(parents=True)
        for program in ("upstream.py", "ready.py"):
            shutil.copy(BENCH / program, folder)
        web = {"run": f"exec {PYTHON} -S upstream.py --port $PORT", "receives": "/", "ready": {"http": "/healthz"}}
        file = {"app": name, "address": f"127.0.0.1:{self.port}", "components": {"web": web}, "watch": "off"}
        (folder / "bluegreen.yaml").write_text(yaml.safe_dump(file | changes, sort_keys=False))
        self._releases = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def change(self) -> None:
        """Make the next deployment a release of its own."""
        self._releases += 1
        (self.folder / "release").write_text(str(self._releases))

    def deploy(self) -> list[Json]:
        """Deploy the folder and follow it; the entries of the history up to the deployment's end.

        Raises RuntimeError when it did not complete.
        """
        answer = self._controller.send(self.folder)
        entries = self.entries(answer["after"], answer["deployment"])
        if entries[-1]["event"]["result"] != "completed":
            raise RuntimeError(f"deployment {answer['deployment']}: {entries[-1]}")
        return entries

    def rollback(self, to: str | None = None) -> list[Json]:
        """Go back, at once; the entries of the history up to its end. Raises RuntimeError when it was not instant."""
        answer = self._controller.client.rollback(self.name, to)
        if not (answer["instant"] and answer["confirmed"]):
            raise RuntimeError(f"the rollback was not instant: {answer}")
        return self.entries(answer["after"], answer["deployment"])

    def entries(self, after: int, deployment: int) -> list[Json]:
        """The entries from there on until that deployment has ended, as they come."""
        found: list[Json] = []
        for entry in self._controller.client.stream(self.name, after=after):
            if entry is None:
                continue
            found.append(entry)
            if entry["event"]["kind"] == "deployment ended" and entry["event"]["deployment"] == deployment:
                return found
        raise RuntimeError("the controller went away")

    def standby(self) -> str:
        """The release that is warm beside the live one."""
        status = self._controller.status(self.name)
        idle = "green" if status["live"] == "blue" else "blue"
        return str(status["environments"][idle]["release"])

    def live(self) -> Live:
        """What is live now."""
        status = self._controller.status(self.name)
        environment = status["environments"][status["live"]]
        port = int(environment["instances"][0]["address"].rpartition(":")[2])
        return Live(status["live"], environment["release"], port)


def moment(entries: list[Json], kind: str) -> float:
    """When the last entry of a kind was made, in seconds since 1970."""
    at: float = [entry["at"] for entry in entries if entry["event"]["kind"] == kind][-1]
    return at


def monotonic_ns(wall: float) -> int:
    """A time of the wall clock as CLOCK_MONOTONIC has it, which every process of this machine shares."""
    return int(wall * 1e9) - time.time_ns() + time.monotonic_ns()
