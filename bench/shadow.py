"""What a shadow check costs users, whatever its collector does.

1,000 requests a second to one instance behind a real Envoy, with copies of a tenth of them going to a real collector or
not, in short turns, so that whatever else the machine does hits all alike; and with a collector that was stopped, is
slow, or was killed, while Envoy goes on copying to it. ``python -m bench.shadow [--quick]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import statistics
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.e2e.controller import free_port

from bench.application import BENCH, PYTHON
from bluegreen.checks.shadow.messages import Orders, Report
from bluegreen.checks.shadow.process import CollectorLost, CollectorProcess, collecting
from bluegreen.cli.load import LoadProcess, Plan, Result
from bluegreen.core.model import Color, Route
from bluegreen.core.shadow import Tally
from bluegreen.core.spec import ShadowCheck
from bluegreen.routers.base import Backend, Mirror, Paths, Routing
from bluegreen.routers.envoy.router import EnvoyRouter

RATE = 1_000.0
CONNECTIONS = 48
CHECK = ShadowCheck(share=10.0, duration=3600.0)
SLOW = (0.9, 0.1)
"""Seconds that a slow collector is stopped, and that it runs, in turn."""
ADDED = 0.003
SETTLE = 1.0
STATES = ("off", "on", "on, collector slow", "on, collector stopped", "on, collector killed")


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


class Shop:
    """A router with two instances of the upstream behind it, and a collector beside."""

    def __init__(self, router: EnvoyRouter, live: str, idle: str) -> None:
        self._router = router
        self._sides = {Color.BLUE: live, Color.GREEN: idle}
        names = {Color.BLUE: "shop/blue/1/web", Color.GREEN: "shop/green/2/web"}
        backends = [Backend(names[color], (self._sides[color],), color, n + 1) for n, color in enumerate(Color)]
        paths = {color: Paths({"/": name}) for color, name in names.items()}
        self.routing = Routing("shop", f"127.0.0.1:{free_port()}", backends=tuple(backends), paths=paths)
        self.last = Report(0)
        """Of the newest collector."""
        self.compared = Tally()
        """What all collectors that nothing was done to have counted."""

    async def start(self) -> None:
        await self._router.prepare(self.routing)
        await self._router.set_route("shop", Route(1, {Color.BLUE: 100}), None)

    @asynccontextmanager
    async def copying(self) -> AsyncIterator[int]:
        """Copies go to a collector; its pid."""
        orders = Orders(CHECK, *({"/": [address]} for address in self._sides.values()))
        async with collecting(orders) as collector:
            report = await collector.report(60.0)
            reading = asyncio.create_task(self._read(collector))
            mirror = Mirror(f"127.0.0.1:{report.port}", CHECK.share, without=CHECK.removed)
            await self._router.prepare(replace(self.routing, mirror=mirror))
            yield collector.pid
            await self._router.prepare(self.routing)
            reading.cancel()

    async def _read(self, collector: CollectorProcess) -> None:
        with contextlib.suppress(CollectorLost):
            while True:
                self.last = await collector.report(3600.0)

    async def load(self, seconds: float) -> Result:
        with LoadProcess(Plan(f"http://{self.routing.address}", rate=RATE, connections=CONNECTIONS)) as process:
            await asyncio.sleep(seconds)
            return await asyncio.to_thread(process.stop)

    async def see(self, state: str, seconds: float) -> Result:
        """What users get in one state."""
        if state == "off":
            await asyncio.sleep(SETTLE)
            return await self.load(seconds)
        async with self.copying() as pid:
            await asyncio.sleep(SETTLE)
            if state == "on":
                result = await self.load(seconds)
                self.compared += self.last.tally
                return result
            if state == "on, collector slow":
                slowing = asyncio.create_task(slow(pid))
                try:
                    return await self.load(seconds)
                finally:
                    slowing.cancel()
            os.kill(pid, signal.SIGSTOP if state == "on, collector stopped" else signal.SIGKILL)
            return await self.load(seconds)


async def slow(pid: int) -> None:
    """Stop a process again and again."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(SLOW[0])
        os.kill(pid, signal.SIGCONT)
        await asyncio.sleep(SLOW[1])


@contextlib.contextmanager
def upstreams() -> Iterator[list[str]]:
    """Two instances; their addresses."""
    ports = [free_port(), free_port()]
    command = [PYTHON, "-S", BENCH / "upstream.py", "--name", "shop", "--port"]
    processes = [subprocess.Popen([*map(str, command), str(port)]) for port in ports]
    try:
        time.sleep(1.0)
        yield [f"127.0.0.1:{port}" for port in ports]
    finally:
        for process in processes:
            process.kill()
            process.wait()


async def measure(rounds: int, seconds: float) -> tuple[dict[str, Rounds], Tally]:
    seen = {name: Rounds() for name in STATES}
    with tempfile.TemporaryDirectory(prefix="bgb-") as home, upstreams() as addresses:
        router = EnvoyRouter(Path(home))
        await router.start()
        try:
            shop = Shop(router, *addresses)
            await shop.start()
            await shop.load(5.0)
            for number in range(rounds):
                # Another one comes first each time.
                turn = number % len(STATES)
                for name in (*STATES[turn:], *STATES[:turn]):
                    seen[name].add(await shop.see(name, seconds))
        finally:
            await router.remove(None)
            await router.close()
    return seen, shop.compared


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two rounds")
    options = parser.parse_args()
    seen, tally = asyncio.run(measure(2 if options.quick else 12, 5.0))
    code = report(seen)
    print(f"\nOf the copies while it was on, {tally.compared:,} were compared and {tally.dropped:,} dropped.")
    return code


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
