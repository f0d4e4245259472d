"""Switches side by side: the same upstream, the same load, the peers taking turns within one run.

For each switch: the time from the call to the last request that reached the old side, by the upstream's clock, which is
this machine's. For each turn: failed requests and cut streams, as the load client counts them. Then
the throughput with wrk while the peer switches four times a second. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.arrivals import left
from bench.peers.base import Peer, free_port, wait_for_port
from bench.peers.bluegreen import Bluegreen
from bench.peers.envoy import EnvoyFile
from bench.peers.haproxy import HaproxyMap, HaproxyReload
from bench.peers.nginx import NginxReload
from bluegreen.cli.load import LoadProcess, Plan, Result

PEERS: tuple[type[Peer], ...] = (Bluegreen, HaproxyMap, HaproxyReload, NginxReload, EnvoyFile)
BENCH = Path(__file__).parent


@dataclass
class Measured:
    """What one peer did in all its turns. Times are in milliseconds."""

    name: str
    last_on_old: list[float] = field(default_factory=list)
    """From the call to the last request on the old side; 0 where none came after it."""
    since_decision: list[float] = field(default_factory=list)
    """The same from the decision: later than the call where somebody is asked who writes it down first."""
    after: list[int] = field(default_factory=list)
    """Requests that reached the old side after the call."""
    call: list[float] = field(default_factory=list)
    """How long the call that switches took."""
    requests: int = 0
    failed: int = 0
    failures: list[str] = field(default_factory=list)
    cuts: int = 0
    throughput: list[float] = field(default_factory=list)
    """Requests a second while switching."""
    throughput_failed: int = 0

    def row(self) -> str:
        """A line of the table."""
        cells = [
            self.name,
            f"{statistics.median(self.last_on_old):.1f} / {max(self.last_on_old):.1f} ms",
            f"{statistics.median(self.since_decision):.1f} / {max(self.since_decision):.1f} ms",
            f"{statistics.median(self.after):.0f} / {max(self.after)}",
            f"{statistics.median(self.call):.1f} ms",
            f"{self.failed:,} of {self.requests:,}",
            f"{self.cuts}",
            f"{statistics.median(self.throughput):,.0f}/s ({self.throughput_failed:,} failed)",
        ]
        return "| " + " | ".join(cells) + " |"


HEADER = """\
| switch by | call → last request on the old side, median / worst | decision → the same | \
requests there after the call, median / worst | the call, median | failed requests | streams cut | \
throughput while switching |
| --- | --- | --- | --- | --- | --- | --- | --- |"""


class Upstreams:
    """The blue and the green upstream, each a process."""

    def __init__(self) -> None:
        self.ports = {color: free_port() for color in ("blue", "green")}
        self._processes = [
            subprocess.Popen([sys.executable, str(BENCH / "upstream.py"), "--port", str(port), "--name", color])
            for color, port in self.ports.items()
        ]
        for port in self.ports.values():
            wait_for_port(port)

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
            process.wait()


def switch(peer: Peer, to: str, measured: Measured) -> None:
    """One switch under load, measured."""
    old = "green" if to == "blue" else "blue"
    called = time.monotonic_ns()
    peer.switch(to)
    measured.call.append((time.monotonic_ns() - called) / 1e6)
    count, last = left(peer.upstreams[old], called)
    last = last if count else called
    measured.last_on_old.append((last - called) / 1e6)
    measured.since_decision.append(max(0.0, (last - (peer.decided() or called)) / 1e6))
    measured.after.append(count)


def turn(peer: Peer, measured: Measured, switches: int, rate: float, connections: int) -> None:
    """A load, and so many switches during it; the peer is on blue before and after."""
    plan = Plan(
        peer.url,
        gets=("/", "/a", "/b"),
        posts=("/echo",),
        events=("/events",),
        sockets=("/ws",),
        rate=rate,
        connections=connections,
        fresh=0.02,
    )
    with LoadProcess(plan) as load:
        load.wait_for_requests(int(rate / 2))
        for number in range(switches):
            switch(peer, "green" if number % 2 == 0 else "blue", measured)
        result = load.stop()
    note(measured, result)


def note(measured: Measured, result: Result) -> None:
    measured.requests += result.requests
    measured.failed += result.failed
    measured.cuts += result.cuts
    measured.failures += [f"{failure.kind}: {failure.request}: {failure.detail}" for failure in result.failures]


def throughput(peer: Peer, measured: Measured, seconds: int, connections: int) -> None:
    """What wrk reaches while the peer switches; the peer is on blue before and after."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", peer.url + "/"]
    wrk = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    to = "blue"
    while wrk.poll() is None:
        time.sleep(0.25)
        to = "green" if to == "blue" else "blue"
        peer.switch(to)
    if to != "blue":
        peer.switch("blue")
    assert wrk.stdout is not None
    output = wrk.stdout.read()
    measured.throughput.append(float(re.findall(r"Requests/sec:\s+([\d.]+)", output)[0]))
    counts = re.findall(r"Non-2xx or 3xx responses: (\d+)|(?:connect|read|write|timeout) (\d+)", output)
    measured.throughput_failed += sum(int(number) for pair in counts for number in pair if number)


def measure(peers: Sequence[Peer], options: argparse.Namespace) -> list[Measured]:
    """All turns: the peers follow one another within each round, so that a slow minute hits all of them."""
    measured = [Measured(peer.name) for peer in peers]
    for number in range(options.rounds):
        for peer, found in zip(peers, measured, strict=True):
            print(f"round {number + 1} of {options.rounds}: {peer.name}", file=sys.stderr)
            turn(peer, found, options.switches, options.rate, options.connections)
            throughput(peer, found, options.seconds, options.connections)
    return measured


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="about a minute")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--switches", type=int, default=10, help="of each peer in each round; even")
    parser.add_argument("--rate", type=float, default=2000, help="requests a second")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seconds", type=int, default=3, help="of wrk for each peer in each round")
    parser.add_argument("--json", type=Path, help="file to write every figure to")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.switches, options.seconds = 2, 6, 2
    return options


def main() -> int:
    options = arguments()
    folder = Path(tempfile.mkdtemp(prefix="bluegreen-bench-"))
    peers: list[Peer] = []
    upstreams = Upstreams()
    try:
        for number, kind in enumerate(PEERS):
            peers.append(kind(folder / str(number)))
            peers[-1].setup(upstreams.ports)
        measured = measure(peers, options)
    finally:
        for peer in peers:
            peer.teardown()
        upstreams.stop()
        shutil.rmtree(folder)
    print(HEADER, *(found.row() for found in measured), sep="\n")
    if options.json is not None:
        settings = {"rate": options.rate, "connections": options.connections, "rounds": options.rounds}
        options.json.write_text(json.dumps({"settings": settings, "peers": [asdict(found) for found in measured]}))
    return 1 if measured[0].failed or measured[0].cuts else 0


if __name__ == "__main__":
    sys.exit(main())
