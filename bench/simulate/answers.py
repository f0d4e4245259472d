"""Sampled answers, simulated: scored ones and bad ones, before and under watch, judged by the product's own guards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from bench.simulate.worlds import INTERVAL, SECONDS, Counts, Errors, Rates, independent
from bluegreen.core.evidence import Baseline, EventCounts, Tick
from bluegreen.core.guards.base import Guard
from bluegreen.core.guards.factory import begin
from bluegreen.core.spec import AnswerGuard, Watch
from bluegreen.core.statistics.answers import Stretch, freeze_answers, is_less_worse
from bluegreen.core.statistics.budget import FOR_THE_TEST, alpha
from bluegreen.core.statistics.histogram import STEP
from bluegreen.core.verdict import Verdict

BEFORE = 1800
"""Seconds in which answers of the release before were scored."""
BOUNDS = np.array([float(STEP**power) for power in range(-60, 130)])
"""Between which values are counted, as the product does: thousandths of a second to 100,000 characters."""


@dataclass(frozen=True)
class AnswerWorld:
    """How answers of two releases are. Of what is measured ``usual`` and ``now`` are medians of lognormal values."""

    name: str
    guard: AnswerGuard
    per_second: float
    """Answers that are scored."""
    usual: float
    """Share of bad answers of the release before, or its median."""
    now: float
    """The same, of the new one."""
    errors: Errors = independent
    sigma: float = 0.5
    slow_seconds: float = 1.0
    """So many times as large are the values of one second in a hundred, with both releases."""
    holdback: float = 0.0
    """The part of answers that the old release keeps."""
    outage: tuple[int, int, float] | None = None
    """From and until which second so many answers of both releases are bad, besides."""

    def found(self, rng: np.random.Generator, runs: int) -> list[float]:
        """After how many seconds each of so many runs was rolled back; infinite: never."""
        return [self._found(rng) for _ in range(runs)]

    def _found(self, rng: np.random.Generator) -> float:
        watch = Watch(duration=float(SECONDS), guards=(self.guard,))
        chance = alpha(watch, 1)
        stretches = self._measured(rng) if self.guard.is_measured else self._counted(rng)
        known = freeze_answers(self.guard, stretches, chance * (1 - FOR_THE_TEST), 1 / (chance * FOR_THE_TEST))
        assert known is not None
        baseline = Baseline(float(BEFORE), 0, 0, answers={self.guard.name: known})
        guard = begin(watch, baseline, round(100 * (1 - self.holdback)), float(SECONDS), 1)[0]
        line = known.line or 0.0
        seconds = _slow(rng, SECONDS)
        new = self._watched(rng, self.now, line, seconds, 1 - self.holdback)
        old = self._watched(rng, self.usual, line, seconds, self.holdback)
        return _fold(guard, self.guard.name, [*new, *old])

    def _counted(self, rng: np.random.Generator) -> Sequence[Stretch]:
        scored = rng.poisson(self.per_second, (1, BEFORE))
        bad = self.errors(rng, scored, np.full(scored.shape, self.usual))
        pairs = zip(_grouped(np.maximum(scored, bad)), _grouped(bad), strict=True)
        return [Stretch(float(INTERVAL), int(count), int(errors), {}) for count, errors in pairs]

    def _measured(self, rng: np.random.Generator) -> Sequence[Stretch]:
        shares = np.stack([_shares(self.usual * slower, self.sigma) for slower in (1.0, self.slow_seconds)])
        values = rng.poisson(self.per_second * shares[_slow(rng, BEFORE)])
        grouped = values.reshape(BEFORE // INTERVAL, INTERVAL, len(BOUNDS)).sum(axis=1)
        return [
            Stretch(float(INTERVAL), int(row.sum()), 0, {float(BOUNDS[i]): int(row[i]) for i in np.flatnonzero(row)})
            for row in grouped
        ]

    def _watched(
        self, rng: np.random.Generator, how: float, line: float, slow: NDArray[np.int64], part: float
    ) -> tuple[Counts, Counts]:
        """Scored and bad answers of each second of the watch."""
        scored = rng.poisson(self.per_second * part, (1, SECONDS))
        if self.guard.is_measured:
            beyond = np.array([self._beyond(how * slower, line) for slower in (1.0, self.slow_seconds)])
            bad = rng.binomial(scored, beyond[slow])
        else:
            bad = self.errors(rng, scored, np.full(scored.shape, how))
            scored = np.maximum(scored, bad)
        if self.outage:
            begin_at, end, share = self.outage
            bad[:, begin_at:end] += rng.binomial(scored[:, begin_at:end] - bad[:, begin_at:end], share)
        return scored[0], bad[0]

    def _beyond(self, median: float, line: float) -> float:
        """The share of values that are bad: the line is one of the bounds, so that it is exact."""
        below = float(ndtr(math.log(line / median) / self.sigma))
        return below if is_less_worse(self.guard) else 1.0 - below

    def at(self, per_second: float) -> AnswerWorld:
        return replace(self, per_second=per_second)


def _fold(guard: Guard, name: str, counts: Sequence[Counts]) -> float:
    rows = zip(*(column.tolist() for column in counts), strict=True)
    for second, (scored, bad, old_scored, old_bad) in enumerate(rows, 1):
        guard = guard.take(Tick(0.0, 1.0, events={name: EventCounts(bad, scored, old_bad, old_scored)}))
        if guard.verdict is Verdict.BLOCK:
            return float(second)
    return math.inf


def _slow(rng: np.random.Generator, seconds: int) -> NDArray[np.int64]:
    """Which seconds are slow: one in a hundred."""
    return (rng.random(seconds) < 0.01).astype(np.int64)


def _shares(median: float, sigma: float) -> Rates:
    below = ndtr(np.log(BOUNDS / median) / sigma)
    return np.diff(below, prepend=0.0)


def _grouped(seconds: Counts) -> Counts:
    return np.asarray(seconds.reshape(-1, INTERVAL).sum(axis=1))
