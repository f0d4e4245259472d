"""How often a guard of sampled answers rolls back a release that is no worse, and how soon it finds one that is.

Simulated, from seeds: half an hour of the release before, and then ten minutes of a new one, second by second through
the product's own code, which freezes what it compares with by itself. ``python -m bench.output_alarms [--quick]
[--runs N]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from numpy.typing import NDArray

from bench.simulate.answers import AnswerWorld
from bench.simulate.worlds import long_bursts
from bluegreen.core.spec import Outputs, Streaming, Watch

PROCESSES = 2
BATCH = 25
RATES = (100.0, 10.0, 1.0)
"""Answers a second that are scored."""
PROMISED = Watch.false_alarm
JSON, REFUSAL = Outputs("parse", "json", 2.0), Outputs("refusal", "", 2.0)
LENGTH = Outputs("length", "", 0.5)
TTFT, GAP = Streaming("ttft_p95", 1.5), Streaming("gap_p95", 2.0)
PACE, BROKEN = Streaming("tokens_per_second", 0.7), Streaming("broken", 2.0)


def no_worse() -> list[AnswerWorld]:
    """Releases that are as before, or worse by what the file tolerates."""
    outage = (240, 300, 0.3)
    return [
        AnswerWorld("1 % no JSON, as before", JSON, 0.0, 0.01, 0.01),
        AnswerWorld("2 % refusals become 4 %, 2x tolerated", REFUSAL, 0.0, 0.02, 0.04),
        AnswerWorld("1 % no JSON, in bursts of 5 s with 20 %", JSON, 0.0, 0.01, 0.01, errors=long_bursts(5, 0.2)),
        AnswerWorld(
            "60 s in which 30 % of both are no JSON, holdback 10 %", JSON, 0.0, 0.01, 0.01, holdback=0.1, outage=outage
        ),
        AnswerWorld("lengths as before", LENGTH, 0.0, 400.0, 400.0, sigma=0.8),
        AnswerWorld("lengths × 0.71, 0.5x asked for", LENGTH, 0.0, 400.0, 400.0 * 0.5**0.5, sigma=0.8),
        AnswerWorld("first tokens × 1.5, 1.5x tolerated", TTFT, 0.0, 0.4, 0.6),
        AnswerWorld(
            "first tokens as before, one second in 100 is 3 times as slow", TTFT, 0.0, 0.4, 0.4, slow_seconds=3
        ),
        AnswerWorld("gaps × 2, 2x tolerated", GAP, 0.0, 0.2, 0.4),
        AnswerWorld("tokens a second × 0.84, 0.7x asked for", PACE, 0.0, 50.0, 50.0 * 0.7**0.5, sigma=0.3),
        AnswerWorld("1 % broken streams, as before", BROKEN, 0.0, 0.01, 0.01),
    ]


def worse() -> list[AnswerWorld]:
    """Releases that are worse, from the beginning of the watch."""
    return [
        AnswerWorld("1 % → 30 % no JSON", JSON, 0.0, 0.01, 0.3),
        AnswerWorld("1 % → 30 % no JSON, holdback 10 %", JSON, 0.0, 0.01, 0.3, holdback=0.1),
        AnswerWorld("1 % → 5 % no JSON", JSON, 0.0, 0.01, 0.05),
        AnswerWorld("2 % → 8 % refusals, 2x tolerated", REFUSAL, 0.0, 0.02, 0.08),
        AnswerWorld("lengths × 0.5", LENGTH, 0.0, 400.0, 200.0, sigma=0.8),
        AnswerWorld("first tokens × 3, 1.5x tolerated", TTFT, 0.0, 0.4, 1.2),
        AnswerWorld("gaps × 4, 2x tolerated", GAP, 0.0, 0.2, 0.8),
        AnswerWorld("tokens a second × 0.5, 0.7x asked for", PACE, 0.0, 50.0, 25.0, sigma=0.3),
        AnswerWorld("1 % → 10 % broken streams", BROKEN, 0.0, 0.01, 0.1),
    ]


def batch(kind: str, index: int, rate: float, number: int) -> list[float]:
    """Some runs of a world at a rate. It is named by its place: what makes it does not travel."""
    world = {"no worse": no_worse, "worse": worse}[kind]()[index].at(rate)
    rng = np.random.default_rng([zlib.crc32(f"{world.name}{rate}".encode()), number])
    return world.found(rng, BATCH)


def measure(
    pool: ProcessPoolExecutor, kind: str, worlds: Sequence[AnswerWorld], runs: int
) -> list[NDArray[np.float64]]:
    """All runs of all worlds, at each rate in turn."""
    batches = max(1, runs // BATCH)
    work = [
        [pool.submit(batch, kind, index, rate, number) for number in range(batches)]
        for index in range(len(worlds))
        for rate in RATES
    ]
    return [np.concatenate([one.result() for one in parts]) for parts in work]


def _share(found: NDArray[np.float64]) -> str:
    return f"{float(np.isfinite(found).mean()):.2%}"


def _median(found: NDArray[np.float64]) -> str:
    middle = float(np.median(found))
    return f"{middle:.0f} s" if np.isfinite(middle) else "not in half of the runs"


def table(worlds: Sequence[AnswerWorld], cells: Sequence[str], what: str, runs: int) -> str:
    rates = " | ".join(f"{rate:g} a second" for rate in RATES)
    lines = [f"| {what} ({runs:,} runs each) | {rates} |", "| --- " * (1 + len(RATES)) + "|"]
    for index, world in enumerate(worlds):
        own = cells[index * len(RATES) : (index + 1) * len(RATES)]
        lines.append(f"| {world.name} | {' | '.join(own)} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="50 runs each")
    parser.add_argument("--runs", type=int, default=1000, help="runs of each world at each rate")
    options = parser.parse_args()
    runs = 50 if options.quick else options.runs
    fine, bad = no_worse(), worse()
    with ProcessPoolExecutor(PROCESSES) as pool:
        rolled_back = measure(pool, "no worse", fine, runs)
        in_time = measure(pool, "worse", bad, max(BATCH, runs // 5))
    print(table(fine, [_share(each) for each in rolled_back], "rolled back within 10 minutes, though no worse", runs))
    print()
    print(table(bad, [_median(each) for each in in_time], "median time to find", len(in_time[0])))
    # At 1 % in so many runs, more than this is not by chance.
    most = PROMISED + 4 * (PROMISED / runs) ** 0.5
    return 0 if all(np.isfinite(each).mean() <= most for each in rolled_back) else 1


if __name__ == "__main__":
    raise SystemExit(main())
