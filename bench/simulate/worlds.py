"""How requests and errors come: what was before, and what happens during the watch, for many runs at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
Rates = NDArray[np.float64]
BEFORE = 3600
"""Seconds that the release before was observed."""
INTERVAL = 10
SECONDS = 600
"""How long the new release is watched."""
USUAL = 0.001
"""The error rate before."""


@dataclass(frozen=True)
class Runs:
    """Some runs of one world: a row for each run, a column for each second (before: each interval)."""

    before_requests: Counts
    before_errors: Counts
    requests: Counts
    errors: Counts
    old_requests: Counts | None = None
    """Of the old release at the same time; None: it has no part."""
    old_errors: Counts | None = None


Errors = Callable[[np.random.Generator, Counts, Rates], Counts]
"""Errors of each second, of so many requests, with such a mean rate."""


def independent(rng: np.random.Generator, requests: Counts, rate: Rates) -> Counts:
    """Each request fails by itself."""
    return rng.binomial(requests, np.minimum(rate, 1.0))


def bursts(size: int) -> Errors:
    """Errors come in so many at once, within one second; a second that has fewer requests gets the rest as well."""

    def draw(rng: np.random.Generator, requests: Counts, rate: Rates) -> Counts:
        return size * rng.poisson(requests * rate / size)

    return draw


def long_bursts(seconds: int, rate_within: float) -> Errors:
    """Errors come during bursts of so many seconds, in which requests fail at this rate; none in between."""

    def draw(rng: np.random.Generator, requests: Counts, rate: Rates) -> Counts:
        begins = rng.random(requests.shape) < rate / rate_within / seconds
        under = np.cumsum(begins, axis=1)
        under[:, seconds:] -= np.cumsum(begins, axis=1)[:, :-seconds]
        return rng.binomial(requests, np.where(under > 0, rate_within, 0.0))

    return draw


@dataclass(frozen=True)
class World:
    """One kind of release under one kind of traffic."""

    name: str
    requests_per_second: float
    errors: Errors = independent
    now: Callable[[NDArray[np.float64]], Rates] | None = None
    """The error rate by second of the watch, as a multiple of the one before; None: the same."""
    day: float = 0.0
    """How far the rate goes up and down over a day, as a part of itself."""
    holdback: float = 0.0
    """The part of requests that the old release keeps."""
    outage: tuple[int, int, float] | None = None
    """From and until which second what both releases depend on fails for this part of requests."""
    seconds: int = SECONDS

    def runs(self, rng: np.random.Generator, count: int) -> Runs:
        """So many runs."""
        time = np.arange(-BEFORE, self.seconds, dtype=float)
        rate = np.full((count, len(time)), USUAL)
        if self.day:
            phase = rng.random((count, 1)) * 2 * np.pi
            rate = rate * (1 + self.day * np.sin(phase + 2 * np.pi * time / 86_400))
        new = 1.0 - self.holdback
        requests = rng.poisson(self.requests_per_second, (count, BEFORE))
        requests, errors = self._failed(rng, requests, rate[:, :BEFORE])
        now = rate[:, BEFORE:] * (self.now(time[BEFORE:]) if self.now else 1.0)
        found = self._watch(rng, now, new)
        old = self._watch(rng, rate[:, BEFORE:], self.holdback) if self.holdback else (None, None)
        return Runs(_grouped(requests), _grouped(errors), *found, *old)

    def _watch(self, rng: np.random.Generator, rate: Rates, share: float) -> tuple[Counts, Counts]:
        requests = rng.poisson(self.requests_per_second * share, rate.shape)
        requests, errors = self._failed(rng, requests, rate)
        if self.outage:
            begin, end, part = self.outage
            hit = rng.binomial(requests[:, begin:end] - errors[:, begin:end], part)
            errors[:, begin:end] += hit
        return requests, errors

    def _failed(self, rng: np.random.Generator, requests: Counts, rate: Rates) -> tuple[Counts, Counts]:
        errors = self.errors(rng, requests, rate)
        return np.maximum(requests, errors), errors


def _grouped(seconds: Counts) -> Counts:
    runs, length = seconds.shape
    return seconds.reshape(runs, length // INTERVAL, INTERVAL).sum(axis=2)
