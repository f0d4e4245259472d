"""The demo's copy of the example application, and the releases that are made of it."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bluegreen.cli.demo.application import Application
from bluegreen.cli.load import Plan

DRAIN = 2
"""Seconds, so that nobody waits long for the streams of an environment that is needed again."""
RATE = 300
"""Requests a second: enough to see a gap of a few milliseconds, and few enough for two slow cores."""
CONNECTIONS = 64
"""So many that a release which takes 0.15 s for each answer still gets all of them: it must not make users fewer."""
SLOW = 1.5
"""Seconds of the check that leaves time to kill the controller."""
TIRED_AFTER = 100
"""Requests of each web server after which a release becomes slow: the checks send a dozen, users 150 a second."""
WATCH = 30
"""Seconds for which the release that becomes slow is watched. The others are not: that would take their time longer."""


class Shop(Application):
    """A web application with a worker and a shared component."""

    name, shown = "shop", "A shop"

    def __init__(self, folder: Path, address: str, data: Path) -> None:
        super().__init__(folder, address, data)
        self._ledger = data / "ledger"
        self.change_file(lambda file: _fit(file, address, data))

    def plan(self) -> Plan:
        gets, posts = ("/", "/api/items"), ("/api/echo",)
        return Plan(self.url, gets, posts, ("/events",), ("/ws",), rate=RATE, connections=CONNECTIONS, fresh=0.1)

    def advertise(self, headline: str) -> None:
        """A release that is whole: another headline, and a catalogue as it should be."""
        shutil.copy(self.example / "catalogue.json", self.folder)
        self._change_catalogue(lambda catalogue: catalogue.update(headline=headline))

    def lose_an_item(self) -> None:
        """A release that starts, and fails the check that counts the items."""
        self._change_catalogue(lambda catalogue: catalogue["items"].pop())

    def lose_the_headline(self) -> None:
        """A release whose web servers end at once, with a traceback."""
        self._change_catalogue(lambda catalogue: catalogue.pop("headline"))

    def check_slowly(self) -> None:
        """One more check, that takes its time."""
        self.change_file(lambda file: file["verify"].append({"run": f"sleep {SLOW}"}))

    def tire(self) -> None:
        """A release that passes every check and becomes slow once users are on it."""
        self._change_catalogue(lambda catalogue: catalogue.update(slow_after=TIRED_AFTER))

    def watch(self) -> None:
        """Watch what is deployed from now on. Nobody is there to be waited for, so it ends by itself in any case."""
        guards: list[object] = [{"latency": {"p95": "1.5x", "p99": "2x"}}, "error_rate"]
        watch = {"for": f"{WATCH}s", "guards": guards, "cannot_tell": "finish"}
        self.change_file(lambda file: file.update(watch=watch))

    def worker_facts(self) -> dict[str, int]:
        """How often the worker started, and how often it found another one running."""
        facts = [line.split()[0] for line in self._ledger.read_text(encoding="utf-8").splitlines()]
        return {"starts": facts.count("start"), "overlaps": facts.count("overlap")}

    def _change_catalogue(self, change: Callable[[dict[str, Any]], object]) -> None:
        file = self.folder / "catalogue.json"
        catalogue = json.loads(file.read_text(encoding="utf-8"))
        change(catalogue)
        file.write_text(json.dumps(catalogue, indent=2) + "\n", encoding="utf-8")


def _fit(file: dict[str, Any], address: str, data: Path) -> None:
    """Give the application's file what is the demo's own: address, drain, data, and a Python that can run it."""
    file["address"] = address
    file["switch"]["drain"] = f"{DRAIN}s"
    file["watch"] = "off"  # until the step that shows it; a busy machine must not look like a release that is worse
    python = _python()
    for component in file["components"].values():
        component["run"] = component["run"].replace("python3", python, 1)
    file["components"]["worker"]["env"] = {"SHOP_DATA": str(data)}
    for check in file["verify"]:
        if "run" in check:
            check["run"] = check["run"].replace("python3", python, 1)


def _python() -> str:
    """``python3`` where applications find one that is new enough, else the path of the one we run on."""
    from bluegreen.system.environ import base_environment

    program = ["python3", "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
    with contextlib.suppress(OSError):
        if subprocess.run(program, env=base_environment(), capture_output=True).returncode == 0:  # noqa: S603
            return "python3"
    return shlex.quote(os.path.realpath(sys.executable))
