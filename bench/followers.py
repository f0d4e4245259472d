"""Two hundred dashboards open while a thousand entries a second pass through the journal of one controller.

Every dashboard follows `/v1/apps/{app}/live` over HTTP on loopback. The entries are made inside of the controller, so
that what is counted is the controller with its journal, and nobody else. ``python -m bench.followers [--quick]`` prints
Markdown.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO, Any

import psutil
from tests.e2e.controller import Controller

from bench.application import Application
from bench.watched import trickle
from bluegreen.system.ports import Ports

FOLLOWERS, RATE = 200, 1000.0
APPLICATIONS = 4
AFTERWARDS = 3.0
"""Seconds in which the last entries arrive."""


class Filled(Controller):
    """A controller in which entries can be made to pass."""

    def launch(self, **env: str) -> None:
        command = [sys.executable, "-m", "bench.followers_controller", str(self.home)]
        with (self.home / "controller.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)

    @property
    def port(self) -> str:
        """Where the API is served over TCP."""
        return str(Ports(self.home / "ports.json").take("dashboard"))

    def token(self) -> str:
        """One that may read."""
        return str(self.client.create_token(name="dashboards", grants=[{"role": "viewer"}])["token"])

    def begin(self, seconds: float, rate: float, apps: Sequence[str]) -> None:
        pipe = self._pipe("stdin")
        pipe.write(f"{seconds} {rate} {' '.join(apps)}\n".encode())
        pipe.flush()

    def made(self) -> int:
        """How many entries there were, once they are."""
        return int(self._pipe("stdout").readline())

    def _pipe(self, name: str) -> IO[bytes]:
        pipe: IO[bytes] | None = getattr(self.process, name)
        assert pipe is not None
        return pipe


@dataclass(frozen=True)
class Round:
    """What was measured in one round."""

    share: float
    """Of a core, of the controller alone."""
    made: float
    """Entries a second."""
    lost: int
    """Followers that did not get every entry once, in order."""
    delays: list[float]
    figures: list[float]
    gap: float
    memory: float


def measure(found: Filled, apps: Sequence[Application], followed: Sequence[str], count: int, seconds: float) -> Round:
    """Let entries pass while so many follow these applications."""
    process = psutil.Process(found.client.controller()["pid"])
    names = [app.name for app in apps if app.name in followed] if len(followed) == 1 else [app.name for app in apps]
    command = [sys.executable, "-m", "bench.followers_clients", found.port, found.token(), str(count)]
    clients = subprocess.Popen([*command, str(seconds + AFTERWARDS), *followed], stdout=subprocess.PIPE)
    assert clients.stdout is not None
    clients.stdout.readline()
    users = threading.Thread(target=_trickle, args=([app.port for app in apps], seconds))
    users.start()
    before, began = process.cpu_times(), time.monotonic()
    found.begin(seconds, RATE, names)
    made = found.made()
    took = time.monotonic() - began
    after = process.cpu_times()
    users.join()
    told: list[dict[str, Any]] = json.loads(clients.stdout.read() or "[]")
    clients.wait()
    lost = sum(not _has_all(found, follower) for follower in told) + count - len(told)
    return Round(
        share=(after.user + after.system - before.user - before.system) / took,
        made=made / took,
        lost=lost,
        delays=[delay for follower in told for delay in follower["delays"]],
        figures=[delay for follower in told for delay in follower["figures"][1:]],
        gap=max((follower["gap"] or 0.0 for follower in told), default=0.0),
        memory=process.memory_info().rss / 1e6,
    )


def _trickle(ports: Sequence[int], seconds: float) -> None:
    import asyncio

    asyncio.run(trickle(ports, seconds))


_expected: dict[tuple[str, int, int], tuple[int, str]] = {}


def _has_all(found: Filled, follower: dict[str, Any]) -> bool:
    """Whether a follower got exactly the entries that the journal has from the first to the last, and the last one."""
    key = (follower["app"], follower["first"], follower["last"])
    if key not in _expected:
        ids = _ids(found, *key)
        _expected[key] = len(ids), hashlib.sha256("".join(f"{id}," for id in ids).encode()).hexdigest()
    newest = found.client.events(follower["app"], after=follower["last"], limit=1)
    return not newest and not follower["lost"] and (follower["entries"], follower["digest"]) == _expected[key]


def _ids(found: Filled, app: str, first: int, last: int) -> list[int]:
    ids: list[int] = []
    while not ids or ids[-1] < last:
        page = found.client.events(app, after=ids[-1] if ids else first - 1)
        ids += [entry["seq"] for entry in page]
    return ids


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="ten seconds a round")
    options = parser.parse_args()
    seconds = 10.0 if options.quick else 60.0
    found = Filled()
    found.start()
    rounds: dict[str, Round] = {}
    try:
        with tempfile.TemporaryDirectory(prefix="bgb-") as scratch:
            apps = [Application(Path(scratch) / f"app{n}", found, f"app{n}") for n in range(APPLICATIONS)]
            for _ in range(2):
                for app in apps:
                    app.change()
                    app.deploy()
            time.sleep(10)
            every = [app.name for app in apps]
            rounds["nobody"] = measure(found, apps, every, 0, seconds)
            rounds[f"{FOLLOWERS}, each one of {APPLICATIONS} applications"] = measure(
                found, apps, every, FOLLOWERS, seconds
            )
            rounds[f"{FOLLOWERS}, all the same application"] = measure(found, apps, every[:1], FOLLOWERS, seconds)
    finally:
        found.close()
    print("| who follows | controller, of a core | RSS | entries a second | followers that lost one | entry → follower, median / worst | figures → follower, median / worst | between figures, at most |")  # fmt: skip  # noqa: E501
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, r in rounds.items():
        lost, gap = (str(r.lost), f"{r.gap:.2f} s") if r.figures else ("–", "–")
        print(f"| {name} | {r.share:.0%} | {r.memory:.0f} MB | {r.made:,.0f} | {lost} | {_two(r.delays)} | {_two(r.figures)} | {gap} |")  # fmt: skip  # noqa: E501
    return int(any(r.lost for r in rounds.values()))


def _two(values: list[float]) -> str:
    return f"{median(values) * 1000:.0f} / {max(values) * 1000:.0f} ms" if values else "–"


if __name__ == "__main__":
    raise SystemExit(main())
