"""Switches and rollbacks under load: what users notice of them.

Each round deploys a new release (a switch) and goes back from it (a rollback), under a constant load of kept and new
connections, POST bodies that are verified, HTTP/2, a WebSocket and server-sent events. The client never retries, and
counts every answer that is not 2xx, reset, time-out and wrong body. Streams are ended by the client after a second and
opened again, well before `drain` has passed: each stream that is cut was cut too early.

``python -m bench.switches [--quick]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.controller import Json

from bench.application import Application, controller, moment, monotonic_ns
from bench.arrivals import arrived, left
from bluegreen.cli.load import LoadProcess, Plan, Result

DRAIN = 2.0
STREAM = 1.0
"""Seconds: of the file, and of a stream of the load."""


@dataclass
class Moves:
    """Switches, or rollbacks. Times are in milliseconds."""

    name: str
    last_on_old: list[float] = field(default_factory=list)
    """From the controller's decision to the last request that the old environment received; 0: none came after it."""
    confirmed: list[float] = field(default_factory=list)
    """From the decision to the confirmed route."""
    after_confirmed: list[int] = field(default_factory=list)
    """Requests that the old environment received after that."""

    def note(self, entries: list[Json], old: int) -> None:
        """Look at one move that has just been made; ``old`` is the port of the instance that was live before."""
        decided = monotonic_ns(moment(entries, "route requested"))
        took = next(x["event"]["took"] for x in reversed(entries) if x["event"]["kind"] == "route confirmed")
        count, last = left(old, decided)
        self.last_on_old.append((last - decided) / 1e6 if count else 0.0)
        self.confirmed.append(took * 1000)
        self.after_confirmed.append(arrived(old, decided + int(took * 1e9))[0])

    def row(self) -> str:
        """A line of the table."""
        cells = [
            f"{len(self.confirmed)} {self.name}",
            f"{statistics.median(self.last_on_old):.1f} / {max(self.last_on_old):.1f} ms",
            f"{statistics.median(self.confirmed):.1f} / {max(self.confirmed):.1f} ms",
            f"{sum(self.after_confirmed)}",
        ]
        return "| " + " | ".join(cells) + " |"


HEADER = """\
| moves | decision → last request on the old side, median / worst | decision → confirmed, median / worst | \
requests on the old side after the confirmation |
| --- | --- | --- | --- |"""


def rounds(app: Application, number: int) -> tuple[Moves, Moves]:
    """So many switches and as many rollbacks; the load runs already."""
    switches, rollbacks = Moves("switches"), Moves("rollbacks")
    for count in range(number):
        app.change()
        old = app.live().port
        switches.note(app.deploy(), old)
        old = app.live().port
        rollbacks.note(app.rollback(), old)
        print(
            f"round {count + 1} of {number}: {switches.last_on_old[-1]:.1f} ms, {rollbacks.last_on_old[-1]:.1f} ms",
            file=sys.stderr,
        )
    return switches, rollbacks


def plan(url: str, options: argparse.Namespace) -> Plan:
    return Plan(
        url,
        gets=("/", "/a", "/b"),
        posts=("/echo",),
        events=("/events",),
        sockets=("/ws",),
        stream_seconds=STREAM,
        rate=options.rate,
        connections=64,
        fresh=0.02,
    )


def table(switches: Moves, rollbacks: Moves, result: Result) -> str:
    """Markdown of what was measured."""
    opened = sum(stream.opened for stream in result.streams)
    latency = ", ".join(f"{name} {result.latency[name] * 1000:.1f} ms" for name in ("p50", "p99", "p999", "max"))
    return "\n".join(
        [
            HEADER,
            switches.row(),
            rollbacks.row(),
            "",
            f"{result.failed} of {result.requests:,} requests failed ({result.rate:,.0f} a second); {result.cuts} of "
            f"{opened} streams were cut within `drain`. Latency, counted from the scheduled time: {latency}.",
            *(
                f"- {failure.kind} at {failure.at:.3f} s: {failure.request}: {failure.detail}"
                for failure in result.failures
            ),
            *(f"- {stream.path}: {example}" for stream in result.streams for example in stream.examples),
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="about half a minute")
    parser.add_argument("--rounds", type=int, help="switches, and as many rollbacks (200)")
    parser.add_argument("--rate", type=float, default=2000.0, help="requests a second, HTTP/2 ones not counted")
    options = parser.parse_args()
    number = options.rounds or (15 if options.quick else 200)
    with tempfile.TemporaryDirectory(prefix="bgb-") as scratch, controller() as found:
        app = Application(Path(scratch) / "shop", found, switch={"drain": f"{DRAIN:g}s"})
        app.deploy()
        with LoadProcess(plan(app.url, options), program=("-m", "bench.load")) as load:
            load.wait_for_requests(int(options.rate))
            switches, rollbacks = rounds(app, number)
            time.sleep(0.5)
            result = load.stop()
    print(table(switches, rollbacks, result))
    return 1 if result.failed or result.cuts else 0


if __name__ == "__main__":
    sys.exit(main())
