"""How long requests take: simulated answers in buckets as the proxy counts them, and who finds them slow."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from bench.simulate.peers import MINUTE, first, is_high
from bench.simulate.worlds import BEFORE, SECONDS, Counts
from bluegreen.core.evidence import Counted, Tick
from bluegreen.core.guards.factory import begin
from bluegreen.core.spec import Watch
from bluegreen.core.statistics.baseline import freeze
from bluegreen.core.verdict import Verdict

BOUNDS = np.array([first / 10 * 10.0**power for power in range(-3, 2) for first in range(10, 100)])
"""Two digits of seconds, as Envoy's histograms have them: from 10 % to 1 % apart."""
MEDIAN = 0.1
FACTOR = 1.5
"""What is tolerated of the p95."""


@dataclass(frozen=True)
class Times:
    """Some runs: answers before by bucket, and those of each second of the watch."""

    before: Counts
    before_minutes: Counts
    now: Counts


@dataclass(frozen=True)
class LatencyWorld:
    """Lognormal times, a hundredth of the seconds maybe slower than the others."""

    name: str
    requests_per_second: float
    sigma: float = 0.5
    slower: float = 1.0
    slow_seconds: float = 1.0
    """How many times as slow one second in a hundred is."""
    seconds: int = SECONDS

    def runs(self, rng: np.random.Generator, count: int) -> Times:
        minutes = BEFORE // MINUTE
        per_minute = self._shares(1.0) * 0.99 + self._shares(self.slow_seconds) * 0.01
        before = rng.poisson(self.requests_per_second * MINUTE * per_minute, (count, minutes, len(BOUNDS)))
        rates = np.stack([self._shares(self.slower), self._shares(self.slower * self.slow_seconds)])
        is_slow = (rng.random((count, self.seconds)) < 0.01).astype(int)
        now = rng.poisson(self.requests_per_second * rates[is_slow])
        return Times(before.sum(axis=1), before, now)

    def _shares(self, slower: float) -> NDArray[np.float64]:
        below = ndtr(np.log(BOUNDS / (MEDIAN * slower)) / self.sigma)
        return np.diff(below, prepend=0.0)


def found(times: Times) -> list[float]:
    """After how many seconds the product's latency guard rolls each run back, with the default guards."""
    return [_found(times.before[run], times.now[run]) for run in range(len(times.now))]


def _found(before: Counts, now: Counts) -> float:
    watch = Watch(duration=float(len(now)))
    counts = {float(bound): int(count) for bound, count in zip(BOUNDS, before, strict=True) if count}
    baseline = freeze([], counts, watch, 1)
    guard = begin(watch, baseline, 100, float(len(now)), 1)[1]
    timed = now.sum(axis=1)
    slow = [now[:, t.seconds * (1 + 1e-9) < BOUNDS].sum(axis=1).tolist() for t in baseline.thresholds]
    for second, (count, *slower) in enumerate(zip(timed.tolist(), *slow, strict=True), 1):
        guard = guard.take(Tick(0.0, 1.0, Counted(count, count, 0, count, tuple(slower))))
        if guard.verdict is Verdict.BLOCK:
            return float(second)
    return math.inf


def fixed_threshold(times: Times, bad_minutes: int = 5) -> NDArray[np.float64]:
    """A threshold on each minute's p95, 1.5 times the one before; the fifth bad minute fails."""
    limit = FACTOR * _p95(times.before[:, None, :])
    return first(np.cumsum(_p95(_minutes(times.now)) > limit, axis=1) >= bad_minutes) * MINUTE


def z_test(times: Times) -> NDArray[np.float64]:
    """A z-test of the mean of all times so far against 1.5 times the one before, looked at each second, at 1 %."""
    n, mean, variance = _moments(np.cumsum(times.now, axis=1))
    m, mean_before, variance_before = _moments(times.before[:, None, :])
    spread = np.sqrt(variance / n + FACTOR**2 * variance_before / m)
    return first(((mean - FACTOR * mean_before) / np.maximum(spread, 1e-12) > 2.3263) & (n >= 30))


def mann_whitney(times: Times, least: int = 3) -> NDArray[np.float64]:
    """Mann-Whitney as Kayenta has it, on the p95 of each minute; see `bench.simulate.peers`."""
    new, old = _p95(_minutes(times.now)), _p95(times.before_minutes)
    high = np.zeros(new.shape, dtype=bool)
    for minutes in range(least, new.shape[1] + 1):
        high[:, minutes - 1] = is_high(new[:, :minutes], old)
    return first(high) * MINUTE


JUDGES = {
    "fixed threshold each minute": fixed_threshold,
    "z-test each second": z_test,
    "Mann-Whitney (Kayenta)": mann_whitney,
}


def _minutes(now: Counts) -> Counts:
    runs, seconds, buckets = now.shape
    return np.asarray(now.reshape(runs, seconds // MINUTE, MINUTE, buckets).sum(axis=2))


def _p95(counts: Counts) -> NDArray[np.float64]:
    below = np.cumsum(counts, axis=-1)
    return np.asarray(BOUNDS[(below >= 0.95 * below[..., -1:]).argmax(axis=-1)])


def _moments(counts: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Number, mean and variance of times."""
    n = np.maximum(counts.sum(axis=-1), 1)
    mean = counts @ BOUNDS / n
    return n.astype(float), mean, np.maximum(counts @ BOUNDS**2 / n - mean**2, 0.0)
