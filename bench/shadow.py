"""What a shadow check costs users, whatever its collector does.

1,000 requests a second to one instance, with the check off and on in turn; and with a collector that was stopped, is
slow, or was killed, while Envoy goes on copying to it. ``python -m bench.shadow [--quick]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.controller import Controller, wait_for

from bench.application import Application, controller
from bluegreen.cli.load import LoadProcess, Plan, Result

RATE = 1_000.0
CONNECTIONS = 48
CHECK = {"of": "10%", "for": "1h"}
SLOW = (0.9, 0.1)
"""Seconds that a slow collector is stopped, and that it runs, in turn."""
ADDED = 0.003
SETTLE = 3.0


@dataclass
class Rounds:
    """What was seen in one state, a value for each round."""

    p50: list[float] = field(default_factory=list)
    p95: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    failed: int = 0
    requests: int = 0

    def add(self, result: Result) -> None:
        for name in ("p50", "p95", "p99"):
            getattr(self, name).append(result.latency[name])
        self.failed += result.failed
        self.requests += result.requests


def load(app: Application, seconds: float) -> Result:
    plan = Plan(app.url, rate=RATE, connections=CONNECTIONS)
    with LoadProcess(plan) as process:
        time.sleep(seconds)
        return process.stop()


def collector_of(found: Controller) -> int | None:
    """The collector's pid, while it runs."""
    assert found.process is not None
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == found.process.pid and "bluegreen.checks.shadow" in (folder / "cmdline").read_text():
                return int(folder.name)
        except (OSError, ValueError):
            continue
    return None


@contextmanager
def checking(found: Controller, app: Application) -> Iterator[int]:
    """A shadow check under way; the collector's pid."""
    app.change()
    number = found.send(app.folder)["deployment"]
    pid: int = wait_for(lambda: collector_of(found), "the collector runs")
    time.sleep(SETTLE)
    try:
        yield pid
    finally:
        if found.process is not None and found.process.poll() is not None:
            found.start()
        if not found.client.deployment(app.name, number)["result"]:
            found.client.abort(app.name, number)
        found.ended(number, app.name)
        time.sleep(SETTLE)


def stopped(found: Controller, app: Application, seconds: float) -> Result:
    """With it the controller, which else would give a collector up that says nothing, and end the copies."""
    assert found.process is not None
    with checking(found, app) as pid:
        found.process.send_signal(signal.SIGSTOP)
        os.kill(pid, signal.SIGSTOP)
        try:
            return load(app, seconds)
        finally:
            os.kill(pid, signal.SIGCONT)
            found.process.send_signal(signal.SIGCONT)


def slow(found: Controller, app: Application, seconds: float) -> Result:
    with checking(found, app) as pid, LoadProcess(Plan(app.url, rate=RATE, connections=CONNECTIONS)) as process:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            os.kill(pid, signal.SIGSTOP)
            time.sleep(SLOW[0])
            os.kill(pid, signal.SIGCONT)
            time.sleep(SLOW[1])
        return process.stop()


def killed(found: Controller, app: Application, seconds: float) -> Result:
    """With its controller, which else would end the copies: Envoy is refused by nobody's port."""
    with checking(found, app):
        found.kill()
        return load(app, seconds)


def on(found: Controller, app: Application, seconds: float) -> Result:
    with checking(found, app):
        return load(app, seconds)


def off(found: Controller, app: Application, seconds: float) -> Result:
    return load(app, seconds)


STATES = {
    "off": off,
    "on": on,
    "on, collector slow": slow,
    "on, collector stopped": stopped,
    "on, collector killed": killed,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round, ten seconds each")
    options = parser.parse_args()
    count, seconds = (1, 10.0) if options.quick else (4, 30.0)
    seen = {name: Rounds() for name in STATES}
    with tempfile.TemporaryDirectory(prefix="bgb-") as scratch, controller() as found:
        app = Application(Path(scratch) / "app", found, verify=[{"shadow": CHECK}])
        app.deploy()
        load(app, 5.0)
        for number in range(count):
            # Off comes before, between and after the others as often as each of them.
            names = list(STATES)[number % len(STATES) :] + list(STATES)[: number % len(STATES)]
            for name in names:
                seen[name].add(STATES[name](found, app, seconds))
    return report(seen)


def report(seen: dict[str, Rounds]) -> int:
    """Print the table; 0 when nothing failed and every p95 is within reach."""
    print("| shadow check | rounds | p50 | p95 | p99 | p95 added, median of rounds | failed requests |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    good = True
    for name, rounds in seen.items():
        added = statistics.median(mine - base for mine, base in zip(rounds.p95, seen["off"].p95, strict=True))
        good = good and added <= ADDED and not rounds.failed
        values = [f"{statistics.median(getattr(rounds, p)) * 1000:.1f} ms" for p in ("p50", "p95", "p99")]
        shown = "–" if name == "off" else f"{added * 1000:+.1f} ms"
        cells = [name, str(len(rounds.p95)), *values, shown, f"{rounds.failed:,} of {rounds.requests:,}"]
        print(f"| {' | '.join(cells)} |")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
