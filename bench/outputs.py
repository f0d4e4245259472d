"""What the scoring of live answers finds, how soon, and what it costs users.

First: 100 requests a second; the second release passes every check, and 8 s after the switch 30 % of its answers are
no JSON any more. The time runs from the first bad answer that could be served to the confirmed route back. Then: 1,000
requests a second offered to each of two applications in turn, one without and one with a sample of 1 %, while the
scorer does its work, is slow, is stopped, or is dead. ``python -m bench.outputs [--quick]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.controller import Controller, wait_for
from tests.e2e.flaky_app import FlakyApp

from bench.application import Application, controller, moment
from bluegreen.cli.load import LoadProcess, Plan, Result

PATH = "/v1/answer"
BASELINE, BETWEEN, TURNS_AFTER = 60.0, 10.0, 8.0
"""Seconds of live traffic before the first deployment and before the others, and from the watch to turning bad."""
BAD = 0.3
SOON = 10.0
ADDED = 0.003
SLOW = (0.9, 0.1)
"""Seconds that a slow scorer is stopped, and that it runs, in turn."""


RATE, CONNECTIONS = 1_000.0, 48


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
    with LoadProcess(Plan(app.url, rate=RATE, connections=CONNECTIONS)) as process:
        time.sleep(seconds)
        return process.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two runs, one round")
    parser.add_argument("--only", choices=("back", "cost"), help="one of the two tables")
    options = parser.parse_args()
    good = True
    if options.only != "cost":
        good = back(2 if options.quick else 10)
        print()
    if options.only != "back":
        good = cost(1 if options.quick else 4, 8.0 if options.quick else 20.0) and good
    return 0 if good else 1


# --- how soon users are back


def back(runs: int) -> bool:
    watch = {
        "for": "5m",
        "guards": ["error_rate", {"outputs": {"parse": "json", "worse_than": "2x"}}],
        "samples": {"of": "25%", "paths": "/v1"},
    }
    took, failed, requests = [], 0, 0
    with tempfile.TemporaryDirectory(prefix="bgb-") as scratch, controller() as found:
        app = FlakyApp(Path(scratch) / "app", watch=watch, verify=[{"http": PATH}])
        found.deploy(app.folder)
        for number in range(runs):
            app.change()
            with app.load(rate=100.0, gets=(PATH,)) as users:
                time.sleep(BETWEEN if number else BASELINE)
                sent = found.send(app.folder)
                wait_for(lambda: found.status(app.name)["watch"], "the release is under watch")
                time.sleep(TURNS_AFTER)
                turned = time.time()
                app.turn(**{sent["release"]: {"garbled": BAD}})
                ended = found.ended(sent["deployment"], app.name)
                result = users.stop()
            app.turn()
            if ended["result"] != "rolled back":
                raise RuntimeError(f"it was not rolled back: {ended['result']}, {ended['reason']}")
            took.append(moment(ended["events"], "route confirmed") - turned)
            failed, requests = failed + result.failed, requests + result.requests
    print("| runs | first bad answer → old release live again, median / worst | failed requests |")
    print("| --- | --- | --- |")
    print(f"| {len(took)} | {statistics.median(took):.1f} / {max(took):.1f} s | {failed} of {requests:,} |")
    return statistics.median(took) <= SOON and not failed


# --- what it costs them


class Scoring:
    """The application whose answers are sampled, and its scorer."""

    def __init__(self, found: Controller, app: Application) -> None:
        self.found, self.app = found, app

    def scorer(self) -> int:
        assert self.found.process is not None
        parent = self.found.process.pid
        return int(wait_for(lambda: child_of(parent, "bluegreen.scorer"), "the scorer runs"))

    def on(self, seconds: float) -> Result:
        self.scorer()
        return load(self.app, seconds)

    def slow(self, seconds: float) -> Result:
        pid, end = self.scorer(), time.monotonic() + seconds
        child = os.fork()
        if child == 0:
            while time.monotonic() < end:
                os.kill(pid, signal.SIGSTOP)
                time.sleep(SLOW[0])
                os.kill(pid, signal.SIGCONT)
                time.sleep(SLOW[1])
            os._exit(0)
        try:
            return load(self.app, seconds)
        finally:
            os.waitpid(child, 0)

    def frozen(self, what: signal.Signals, seconds: float) -> Result:
        """With its controller stopped, which else would end the sampling, and start another scorer."""
        assert self.found.process is not None
        pid = self.scorer()
        self.found.process.send_signal(signal.SIGSTOP)
        os.kill(pid, what)
        try:
            return load(self.app, seconds)
        finally:
            self.found.process.send_signal(signal.SIGCONT)
            time.sleep(8.0)  # it has noticed, and started another one


def child_of(parent: int, module: str) -> int | None:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            of = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if of == parent and module in (folder / "cmdline").read_text():
                return int(folder.name)
        except (OSError, ValueError):
            continue
    return None


def cost(rounds: int, seconds: float) -> bool:
    watch = {
        "guards": [{"outputs": {"lacks": "never said", "at_most": "5%"}}],
        "samples": {"of": "1%"},
    }
    with tempfile.TemporaryDirectory(prefix="bgb-") as scratch, controller() as found:
        plain = Application(Path(scratch) / "plain", found, "plain")
        sampled = Application(Path(scratch) / "sampled", found, "sampled", watch=watch)
        plain.deploy()
        sampled.deploy()
        scoring = Scoring(found, sampled)
        states: dict[str, Callable[[float], Result]] = {
            "off": lambda seconds: load(plain, seconds),
            "on": scoring.on,
            "on, scorer slow": scoring.slow,
            "on, scorer stopped": lambda seconds: scoring.frozen(signal.SIGSTOP, seconds),
            "on, scorer killed": lambda seconds: scoring.frozen(signal.SIGKILL, seconds),
        }
        seen = {name: Rounds() for name in states}
        load(plain, 5.0)
        load(sampled, 5.0)
        for number in range(rounds):
            shifted = number % len(states)
            for name in [*list(states)[shifted:], *list(states)[:shifted]]:
                seen[name].add(states[name](seconds))
    return report(seen)


def report(seen: dict[str, Rounds]) -> bool:
    """Print the table; whether nothing failed and every p95 is within reach."""
    print("| sample of 1 % | rounds | p50 | p95 | p99 | p95 added, median of rounds | failed requests |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    good = True
    for name, rounds in seen.items():
        added = statistics.median(mine - base for mine, base in zip(rounds.p95, seen["off"].p95, strict=True))
        good = good and added <= ADDED and not rounds.failed
        figures = " | ".join(
            f"{statistics.median(each) * 1000:.1f} ms" for each in (rounds.p50, rounds.p95, rounds.p99)
        )
        shown = "–" if name == "off" else f"{added * 1000:+.1f} ms"
        print(f"| {name} | {len(rounds.p95)} | {figures} | {shown} | {rounds.failed} of {rounds.requests:,} |")
    return good


if __name__ == "__main__":
    raise SystemExit(main())
