"""Throughput while users are moved every second: bluegreen, and the same Envoy binary configured by hand.

All send to the same upstream, the instances that bluegreen has started. They take turns within each round, in another
order each time. By hand twice: `bare` has a listener, a route and two clusters; `with the same filters` has what
bluegreen's has (access log with release and colour, forwarded headers, retries, outlier detection, counters of cut
answers), so that what is left between the two is the price of being driven. Beside the rates, the processor time that
each Envoy took for a request: other work on the machine changes that less.

``python -m bench.throughput [--quick]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.peers.base import Peer
from bench.peers.bluegreen import Bluegreen
from bench.peers.envoy import EnvoyFile
from bench.peers.same_filters import EnvoySameFilters
from bench.processes import processor_time

EVERY = 1.0
"""Seconds between two switches."""


@dataclass
class Measured:
    """What one peer did, a figure for each round."""

    name: str
    rates: list[float] = field(default_factory=list)
    """Requests a second."""
    cost: list[float] = field(default_factory=list)
    """Processor time of the proxy for each request, in microseconds."""
    failed: int = 0

    def row(self, ours: Measured) -> str:
        """A line of the table."""
        ratio = statistics.median(a / b for a, b in zip(ours.rates, self.rates, strict=True))
        cost = statistics.median(a / b for a, b in zip(ours.cost, self.cost, strict=True))
        cells = [
            self.name,
            f"{statistics.median(self.rates):,.0f}/s",
            "" if self is ours else f"{ratio:.3f}",
            f"{statistics.median(self.cost):.1f} µs",
            "" if self is ours else f"{cost:.2f}",
            f"{self.failed}",
        ]
        return "| " + " | ".join(cells) + " |"


HEADER = """\
| proxy | throughput, median | bluegreen ÷ this one | processor time for a request | bluegreen ÷ this one | failed |
| --- | --- | --- | --- | --- | --- |"""


def measure(peer: Peer, measured: Measured, seconds: int) -> None:
    """One turn; the peer is on blue before and after."""
    before = processor_time(peer.pid)
    command = ["wrk", "-t1", "-c64", f"-d{seconds}s", peer.url + "/"]
    wrk = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    moves = 0
    while wrk.poll() is None:
        time.sleep(EVERY)
        moves += 1
        peer.switch("green" if moves % 2 else "blue")
    if moves % 2:
        peer.switch("blue")
    assert wrk.stdout is not None
    output = wrk.stdout.read()
    requests = int(re.findall(r"(\d+) requests in", output)[0])
    measured.rates.append(float(re.findall(r"Requests/sec:\s+([\d.]+)", output)[0]))
    measured.cost.append((processor_time(peer.pid) - before) / requests * 1e6)
    counts = re.findall(r"Non-2xx or 3xx responses: (\d+)|(?:connect|read|write|timeout) (\d+)", output)
    measured.failed += sum(int(number) for pair in counts for number in pair if number)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="about half a minute")
    options = parser.parse_args()
    rounds, seconds = (3, 3) if options.quick else (15, 6)
    folder = Path(tempfile.mkdtemp(prefix="bgb-"))
    ours = Bluegreen(folder / "bluegreen")
    peers: list[Peer] = [ours, EnvoySameFilters(folder / "same", ours), EnvoyFile(folder / "bare")]
    begun: list[Peer] = []
    try:
        for peer in peers:
            begun.append(peer)
            peer.setup(ours.upstreams)
        measured = [Measured(peer.name) for peer in peers]
        for number in range(rounds):
            turns = list(zip(peers, measured, strict=True))
            random.shuffle(turns)
            for peer, own in turns:
                measure(peer, own, seconds)
            found = ", ".join(f"{m.rates[-1]:,.0f}/s at {m.cost[-1]:.1f} µs" for m in measured)
            print(f"round {number + 1} of {rounds}: {found}", file=sys.stderr)
    finally:
        for peer in reversed(begun):
            peer.teardown()
        shutil.rmtree(folder)
    print(HEADER, *(found.row(measured[0]) for found in measured), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
