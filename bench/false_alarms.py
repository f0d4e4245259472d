"""How often a watch rolls back a release that is no worse, and how soon it finds one that is: simulated.

Each run is a release watched for ten minutes after an hour of the one before, from a seed, so that it repeats. The
first column is the product's own code, tick by tick; the others are what is done elsewhere, on the same runs.

``python -m bench.false_alarms [--quick] [--runs N]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.simulate import peers, product, times
from bench.simulate.worlds import World, bursts, long_bursts

PROCESSES = 2
BATCH = 50
"""Runs that one process simulates at once."""
WORSE = 20.0
"""0.1 % → 2 %."""
JUDGES = ("bluegreen", *peers.JUDGES)
Found = NDArray[np.float64]
"""For each judge (a row) and run, the second at which it rolled back; infinite: never."""


@dataclass(frozen=True)
class Case:
    """One line of a table."""

    name: str
    world: World | times.LatencyWorld
    judge: Callable[[Any], list[float]]
    """The product's."""
    part: float = 1.0
    """Of the runs that were asked for."""


def no_worse() -> list[Case]:
    """Releases that are no worse, or within what is tolerated."""
    cases = []
    for rps in (500, 50, 5):
        kinds = [
            World("independent errors", rps),
            World("bursts of 10 within a second", rps, bursts(10)),
            World("bursts of 50 within a second", rps, bursts(50)),
            World("slow drift from 0.1 % to 0.2 %, 2x tolerated", rps, now=lambda t: 1 + t / 600),
            World(
                "60 s outage of what both need (30 % fail), holdback 10 %", rps, holdback=0.1, outage=(240, 300, 0.3)
            ),
            World("bursts of 5 s in which 10 % fail", rps, long_bursts(5, 0.1)),
            World("bursts of 30 s in which 10 % fail", rps, long_bursts(30, 0.1)),
            World("the same, holdback 10 %", rps, long_bursts(30, 0.1), holdback=0.1),
            World("a daily cycle, ± 80 % of the error rate", rps, day=0.8),
        ]
        # The first five are what is promised; the others are measured.
        cases += [Case(world.name, world, product.found, 1.0 if i < 5 else 0.2) for i, world in enumerate(kinds)]
    drift = World("0.2 % errors all the time, limit 0.2 % known", 500, now=lambda t: 2 + 0 * t)
    cases += [Case(drift.name, drift, partial(product.found, limit=0.002), 0.2)]
    slow = [("times as before", 1.0), ("times as before, one second in 100 is 3 times as slow", 3.0)]
    for name, factor in slow:
        worlds = [times.LatencyWorld(name, rps, slow_seconds=factor) for rps in (500, 5)]
        cases += [Case(name, world, times.found, 0.1) for world in worlds]
    return cases


def worse() -> list[Case]:
    """Releases that are worse, from the beginning of the watch unless said otherwise."""
    cases = []
    for rps in (500, 50, 5):
        bad = World("0.1 % → 2 % errors", rps, now=lambda t: WORSE + 0 * t)
        late = World("the same, after 5 minutes", rps, now=lambda t: np.where(t < 300, 1.0, WORSE))
        held = World("0.1 % → 2 % errors, holdback 10 %", rps, now=bad.now, holdback=0.1)
        cases += [
            Case(f"{bad.name}, limit 0.2 % known", bad, partial(product.found, limit=0.002), 0.2),
            Case(f"{bad.name}, baseline estimated", bad, product.found, 0.2),
            Case(f"{late.name} (counted from then)", late, product.found, 0.2),
            Case(held.name, held, product.found, 0.2),
        ]
    for sigma, rps in ((0.5, 500), (0.3, 500), (1.0, 500), (0.5, 50), (0.5, 5)):
        slow = times.LatencyWorld(f"times × 2, lognormal with σ = {sigma}", rps, sigma, slower=2.0)
        cases += [Case(slow.name, slow, times.found, 0.05)]
    return cases


def batch(kind: str, index: int, number: int) -> Found:
    """Some runs of a case, by every judge. The case is named by its place: what makes it does not travel."""
    case = {"no worse": no_worse, "worse": worse}[kind]()[index]
    rng = np.random.default_rng([zlib.crc32(f"{case.name}{case.world.requests_per_second}".encode()), number])
    runs = case.world.runs(rng, BATCH)
    others = times.JUDGES if isinstance(case.world, times.LatencyWorld) else peers.JUDGES
    return np.stack([np.array(case.judge(runs)), *(judge(runs) for judge in others.values())])


def measure(pool: ProcessPoolExecutor, kind: str, cases: Sequence[Case], runs: int) -> list[Found]:
    """All runs of all cases."""
    work: list[list[Future[Found]]] = []
    for index, case in enumerate(cases):
        batches = max(1, round(runs * case.part / BATCH))
        work.append([pool.submit(batch, kind, index, number) for number in range(batches)])
    return [np.concatenate([one.result() for one in parts], axis=1) for parts in work]


def share(found: Found) -> str:
    """How many of the runs were rolled back."""
    rate = float(np.isfinite(found).mean())
    return f"{rate:.2%}" if rate < 0.1 else f"{rate:.0%}"


def median(found: Found, since: float) -> str:
    """When half of the runs were rolled back; ones that were rolled back before ``since`` did so for nothing."""
    middle = float(np.median(np.where(found <= since, np.inf, found)))
    early = float((found <= since).mean())
    said = f"{middle - since:.0f} s" if np.isfinite(middle) else "not in half of the runs"
    return f"{said} ({early:.0%} too early)" if early >= 0.01 else said


def table(cases: Sequence[Case], results: Sequence[Found], cell: Callable[[Case, Found], str], what: str) -> str:
    lines = [f"| {what} | requests a second | runs | " + " | ".join(JUDGES) + " |", "| --- " * (3 + len(JUDGES)) + "|"]
    for case, found in zip(cases, results, strict=True):
        cells = [cell(case, row) for row in found]
        row = [case.name, f"{case.world.requests_per_second:g}", f"{found.shape[1]:,}", *cells]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="200 runs each")
    parser.add_argument("--runs", type=int, default=2000, help="runs of each case (10000 for the full table)")
    options = parser.parse_args()
    runs = 200 if options.quick else options.runs
    with ProcessPoolExecutor(PROCESSES) as pool:
        fine, bad = no_worse(), worse()
        rolled_back = measure(pool, "no worse", fine, runs)
        in_time = measure(pool, "worse", bad, runs)
    print(table(fine, rolled_back, lambda _, found: share(found), "rolled back within 10 minutes, though no worse"))
    print()
    since = {case.name: 300.0 for case in bad if "after 5 minutes" in case.name}
    print(table(bad, in_time, lambda case, found: median(found, since.get(case.name, 0.0)), "median time to find"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
