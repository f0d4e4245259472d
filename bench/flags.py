"""What one evaluation of a flag costs over OFREP at 1,000 a second, and how long an edit by command takes.

Beside the server a bare one: the same code, uvicorn and routes, that answers a constant text without looking at what it
is asked. Both run all the time, and are measured in turn, so that whatever else the machine does meets both.
``python -m bench.flags [--quick]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from starlette.requests import Request
from starlette.responses import Response
from tests.e2e.controller import free_port
from tests.ofrep.serving import Serving, wait_for

from bench.application import PYTHON, Application, controller
from bench.commands import BLUEGREEN, timed
from bluegreen.ofrep.__main__ import listen, run
from bluegreen.ofrep.app import Server, read_body

RATE = 1000.0
CONSTANT = b'{"key":"constant","reason":"STATIC","variant":"on","value":true}'
SWITCH = {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": "off"}
RULE = {"if": [{"ends_with": [{"var": "email"}, "@example.com"]}, "on", {"in": [{"var": "plan"}, ["pro"]]}, "on"]}
FLAGS = {
    "plain": SWITCH,
    "targeted": SWITCH | {"targeting": RULE},
    "share": SWITCH | {"targeting": {"fractional": [["on", 10], ["off", 90]]}},
    **{f"other-{n}": SWITCH for n in range(100)},
}
ASKED = {
    "plain": "a plain flag",
    "targeted": "targeting with two conditions",
    "share": "a share of users (`fractional`)",
}
BARE = "the bare server"


class Bare(Server):
    """Reads a request and answers what it answers to every other one."""

    async def single(self, request: Request) -> Response:
        await read_body(request)
        return Response(CONSTANT, media_type="application/json")


@dataclass(frozen=True)
class Running:
    """A server in a process of its own."""

    port: int
    process: psutil.Process

    def busy(self) -> float:
        """Seconds that it has worked, with the process that it keeps for evaluating."""
        spent = [each.cpu_times() for each in (self.process, *self.process.children())]
        return float(sum(each.user + each.system for each in spent))


@contextmanager
def process(*command: str) -> Iterator[Running]:
    port = free_port()
    running = subprocess.Popen([sys.executable, *command], env={**os.environ, "PORT": str(port)})
    try:
        wait_for(Serving(port, running).answers, "it answers")  # type: ignore[arg-type]
        yield Running(port, psutil.Process(running.pid))
    finally:
        running.terminate()
        running.wait()


@dataclass
class Round:
    """Milliseconds of each evaluation, and those that the server has worked for each."""

    times: list[float]
    work: float


def load(port: int, key: str, rate: float, amount: float) -> list[float]:
    """Milliseconds of each evaluation; ``rate`` 0: ``amount`` of them, one after the other."""
    command = [sys.executable, "-m", "bench.flags_load", str(port), key, str(rate), str(amount)]
    found: list[float] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return found


def measured(flags: Running, bare: Running, rounds: int, rate: float, amount: float) -> dict[str, list[Round]]:
    """Each round by what was asked, the bare server's among them, in turn."""
    found: dict[str, list[Round]] = {}
    for _ in range(rounds):
        for name, server in ((BARE, bare), *((key, flags) for key in ASKED)):
            before = server.busy()
            times = load(server.port, "plain" if name == BARE else name, rate, amount)
            found.setdefault(name, []).append(Round(times, (server.busy() - before) / len(times) * 1000))
    return found


def table(found: dict[str, list[Round]]) -> Iterator[str]:
    """Medians over the rounds, and what is above the bare server's."""
    at = {name: [statistics.median(how(r) for r in rounds) for how in HOW] for name, rounds in found.items()}
    for name, (middle, high, work) in at.items():
        added = "–" if name == BARE else f"{middle - at[BARE][0]:+.2f} / {high - at[BARE][1]:+.2f} ms"
        count = sum(len(each.times) for each in found[name])
        yield f"| {ASKED.get(name, name)} | {count:,} | {middle:.2f} / {high:.2f} ms | {added} | {work:.2f} ms |"


HOW = (
    lambda one: statistics.median(one.times),
    lambda one: statistics.quantiles(one.times, n=100, method="inclusive")[98],
    lambda one: one.work,
)


def edits(count: int) -> list[float]:
    """Seconds of whole `bluegreen flags set` commands, the application ready 50 ms after its start, not watched."""
    with tempfile.TemporaryDirectory(prefix="bgb-") as scratch, controller() as found:
        web = {"run": f"exec {PYTHON} -S ready.py $PORT", "receives": "/", "ready": {"http": "/"}}
        app = Application(
            Path(scratch) / "shop", found, components={"web": web}, switch={"drain": "1s"}, flags="flags.json"
        )
        (app.folder / "flags.json").write_text(json.dumps({"flags": FLAGS}))
        home = ["--home", str(found.home)]
        timed([BLUEGREEN, "deploy", *home], app.folder)
        wanted = [("on", "off")[n % 2] for n in range(count)]
        return [timed([BLUEGREEN, "flags", "set", f"plain={v}", *home], app.folder) / 1000 for v in wanted]


HEADER = """\
| asked for | evaluations | median / p99 | above the bare server, median / p99 | the server's work for each |
| --- | --- | --- | --- | --- |"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="about a minute")
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        run(Bare(None, "bare"), listen(int(os.environ["PORT"])))  # type: ignore[arg-type]
        return 0
    rounds, seconds, alone, commands = (3, 3.0, 500, 3) if options.quick else (5, 8.0, 2000, 8)
    with tempfile.TemporaryDirectory(prefix="bgb-") as scratch:
        file = Path(scratch) / "flags.json"
        file.write_text(json.dumps({"flags": FLAGS}))
        with process("-m", "bluegreen.ofrep", str(file)) as flags, process("-m", "bench.flags", "--bare") as bare:
            print(f"{RATE:,.0f} evaluations a second on a constant schedule, counted from when each was due:\n")
            print("\n".join([HEADER, *table(measured(flags, bare, rounds, RATE, seconds))]))
            print("\nOne after the other, on one connection:\n")
            print("\n".join([HEADER, *table(measured(flags, bare, rounds, 0, alone))]))
    took = edits(commands)
    print(
        f"\n`bluegreen flags set`, the whole command, {commands} times: {statistics.median(took):.1f} s median,", end=""
    )
    print(f" {max(took):.1f} s worst.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
