"""How often a shadow check blocks a release that is no different, and how many answers it takes to find one that is.

Simulated, from a seed. A release's second answer to a request differs from its first one by chance (the noise), and the
new release's does so independently, plus what the release has changed. The product's own test looks after each request.

``python -m bench.mcnemar [--quick]`` prints Markdown.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bluegreen.core.spec import ShadowCheck
from bluegreen.core.statistics.mcnemar import log_evidence

REQUESTS = 3_000
"""In each run: two minutes of as many as a shadow check asks about."""
ALARM = math.log(1 / ShadowCheck(10.0).false_alarm)
BATCH = 100
Found = NDArray[np.float64]


def boundary() -> NDArray[np.int64]:
    """For each number of pairs in which one answer differs, how many must be the new release's for an alarm."""
    needed = np.empty(REQUESTS + 1, dtype=np.int64)
    b = 0
    for pairs in range(REQUESTS + 1):
        # One pair more needs as many or one more: the evidence grows with b and shrinks with c.
        while b <= pairs and log_evidence(b, pairs - b) < ALARM:
            b += 1
        needed[pairs] = b
    return needed


def found(runs: int, noise: float, more: float, needed: NDArray[np.int64], seed: int) -> Found:
    """For each run, the request after which the release was blocked; infinite: never."""
    rng = np.random.default_rng(seed)
    after = []
    for _ in range(runs // BATCH):
        again = rng.random((BATCH, REQUESTS), dtype=np.float32) < noise
        new = rng.random((BATCH, REQUESTS), dtype=np.float32) < noise + more
        b = np.cumsum(new & ~again, axis=1)
        pairs = b + np.cumsum(again & ~new, axis=1)
        over = b >= needed[pairs]
        after.append(np.where(over.any(axis=1), over.argmax(axis=1) + 1.0, math.inf))
    return np.concatenate(after)


def _requests(value: float) -> str:
    return f"{value:,.0f}" if math.isfinite(value) else "not found"


def no_different(runs: int, needed: NDArray[np.int64]) -> tuple[list[str], bool]:
    rows, good = [], True
    for noise in (0.001, 0.01, 0.1, 0.3, 0.6):
        blocked = float(np.isfinite(found(runs, noise, 0.0, needed, seed=round(noise * 1000))).mean())
        good = good and (blocked <= 0.01 or noise not in (0.01, 0.3))
        rows.append(f"| {noise:.1%} | {runs:,} | {blocked:.2%} |")
    return rows, good


def changed(runs: int, needed: NDArray[np.int64]) -> tuple[list[str], bool]:
    rows, good = [], True
    cases: Sequence[tuple[float, float]] = (
        (0.0, 0.02), (0.0, 0.1), (0.01, 0.02), (0.01, 0.1), (0.1, 0.05), (0.1, 0.1), (0.3, 0.05), (0.3, 0.1), (0.3, 0.2)
    )  # fmt: skip
    for noise, more in cases:
        after = found(runs, noise, more, needed, seed=round(noise * 1000 + more * 1_000_000))
        middle, late = float(np.median(after)), float(np.quantile(after, 0.95, method="higher"))
        good = good and (middle <= 800 or (noise, more) != (0.3, 0.1))
        share = np.isfinite(after).mean()
        rows.append(
            f"| {noise:.0%} | + {more:.0%} | {runs:,} | {share:.1%} | {_requests(middle)} | {_requests(late)} |"
        )
    return rows, good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs")
    options = parser.parse_args()
    runs = 1_000 if options.quick else 10_000
    needed = boundary()
    same, few = no_different(runs, needed)
    worse, soon = changed(runs // 10, needed)
    print("| noise | runs | blocked, though no different |", "| --- | --- | --- |", *same, sep="\n")
    print()
    print(
        "| noise | answers that differ | runs | found | requests until found, median | 95 % |",
        "| --- | --- | --- | --- | --- | --- |",
        *worse,
        sep="\n",
    )
    return 0 if few and soon else 1


if __name__ == "__main__":
    raise SystemExit(main())
