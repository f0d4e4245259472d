"""Whether everything is at rest and as it should be: by the status, the processes that really run, and the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil

from tests.e2e.controller import Json

READY = {"live": ["clock", "web"], "standby": ["web"], "empty": []}
"""The components that are ready in an environment of each state."""


def unsettled(status: Json) -> Iterator[str]:
    """What the status says is under way, or not as it should be."""
    if status["deployment"] is not None:
        yield f"deployment {status['deployment']['number']} is {status['deployment']['phase']}"
    yield from status["warnings"]
    if status["down"]:
        return
    route, environments = status["route"], status["environments"]
    if not route["requested"] == route["confirmed"] == route["observed"]:
        yield f"routes differ: {route}"
    live = [color for color, environment in environments.items() if environment["state"] == "live"]
    if live != [status["live"]]:
        yield f"live: {live}, status says {status['live']}"
        return
    for color, environment in environments.items():
        ready = sorted(i["component"] for i in environment["instances"] if i["state"] == "ready")
        if ready != READY.get(environment["state"]):
            yield f"{color} is {environment['state']} with {ready} ready"
    if list(status["shared"]) != ["model"]:
        yield f"shared components: {list(status['shared'])}"


def strays(home: Path, status: Json) -> Iterator[str]:
    """Processes that the status does not name, and named ones that do not run."""
    processes = own(f"{home}/", "BLUEGREEN_APP", status["app"])
    running = {process.pid for process in processes}
    places = (*status["environments"].values(), *status["shared"].values())
    named = {instance["pid"] for place in places for instance in place["instances"] if instance["pid"]}
    if running != named:
        yield f"processes {sorted(running)} run, the status names {sorted(named)}"


def envoy_problems(home: Path) -> Iterator[str]:
    count = len(list(own(str(home), "BLUEGREEN_ENVOY", str(home / "envoy"))))
    if count != 1:
        yield f"{count} Envoys"


def journal_problems(home: Path) -> Iterator[str]:
    with closing(sqlite3.connect(home / "journal.db")) as database:
        (integrity,) = database.execute("PRAGMA integrity_check").fetchone()
        ((count, highest),) = database.execute("SELECT count(*), max(seq) FROM entries")
    if integrity != "ok":
        yield f"journal: {integrity}"
    if count != highest:
        yield f"journal: {count} entries, the last one has number {highest}"


def own(below: str, variable: str, value: str | None = None) -> Iterator[psutil.Process]:
    """Processes below a folder that were started with this in their environment (None: with any value)."""
    for process in psutil.process_iter(["environ", "cwd", "status"]):
        info = process.info
        found = (info["environ"] or {}).get(variable)
        ours = found is not None and value in (None, found) and (info["cwd"] or "").startswith(below)
        if ours and info["status"] != psutil.STATUS_ZOMBIE:
            yield process
