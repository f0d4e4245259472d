"""What others do with the same runs. Each gives the second at which it rolls back; infinite: never."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bench.simulate.worlds import INTERVAL, Counts, Runs

MINUTE = 60
TOLERATED = 2.0
"""All of them tolerate twice the rate before, as bluegreen does by default."""
ERROR = 0.01
"""The chance of a false alarm that they are set to."""
Seconds = NDArray[np.float64]
Judge = Callable[[Runs], Seconds]


def fixed_threshold(runs: Runs, bad_minutes: int = 5) -> Seconds:
    """A threshold on each minute's error rate, twice the true rate before, as if known; the fifth bad minute fails.

    So does Flagger, whose failed checks need not follow one another (`analysis.threshold`).
    """
    limit = TOLERATED * 0.001
    is_bad = _by_minute(runs.errors) > limit * _by_minute(runs.requests)
    return first(np.cumsum(is_bad, axis=1) >= bad_minutes) * MINUTE


def z_test(runs: Runs) -> Seconds:
    """A z-test of two proportions at 1 %, one-sided, of all requests so far, looked at each second.

    Against the release before, or with a control against the old one now; from 30 requests on.
    """
    n, x = np.cumsum(runs.requests, axis=1), np.cumsum(runs.errors, axis=1)
    if runs.old_requests is None or runs.old_errors is None:
        m, y = runs.before_requests.sum(axis=1, keepdims=True), runs.before_errors.sum(axis=1, keepdims=True)
    else:
        m, y = np.cumsum(runs.old_requests, axis=1), np.cumsum(runs.old_errors, axis=1)
    p, q = x / np.maximum(n, 1), y / np.maximum(m, 1)
    spread = np.sqrt(p * (1 - p) / np.maximum(n, 1) + TOLERATED**2 * q * (1 - q) / np.maximum(m, 1))
    z = (p - TOLERATED * q) / np.maximum(spread, 1e-12)
    return first((z > 2.3263) & (n >= 30) & (m >= 30))


def mann_whitney(runs: Runs, least: int = 3) -> Seconds:
    """Mann-Whitney as Kayenta has it, judged each minute: one sample a minute, 98 % confidence, tolerance 0.25.

    *High* when the lower confidence limit of the shift is above 0.25 times its Hodges-Lehmann estimate. The samples
    before are compared with, or with a control those of the old release now. From the third minute on.
    """
    new = _rates(_by_minute(runs.requests), _by_minute(runs.errors))
    old = None
    if runs.old_requests is not None and runs.old_errors is not None:
        old = _rates(_by_minute(runs.old_requests), _by_minute(runs.old_errors))
    per = MINUTE // INTERVAL
    before = _rates(_by_minute(runs.before_requests, per), _by_minute(runs.before_errors, per))
    high = np.zeros(new.shape, dtype=bool)
    for minutes in range(least, new.shape[1] + 1):
        high[:, minutes - 1] = is_high(new[:, :minutes], before if old is None else old[:, :minutes])
    return first(high) * MINUTE


def is_high(new: NDArray[np.float64], old: NDArray[np.float64], confidence: float = 0.98) -> NDArray[np.bool_]:
    """Whether the shift from old to new is clearly above zero: its confidence limits by the normal approximation."""
    m, n = new.shape[1], old.shape[1]
    shifts = np.sort((new[:, :, None] - old[:, None, :]).reshape(len(new), -1), axis=1)
    z = 2.3263 if confidence == 0.98 else 1.96
    rank = int(np.floor(m * n / 2 - z * np.sqrt(m * n * (m + n + 1) / 12)))
    if rank < 1:
        return np.zeros(len(new), dtype=bool)
    estimate = np.median(shifts, axis=1)
    return np.asarray(shifts[:, rank - 1] > 0.25 * np.abs(estimate))


def _by_minute(counts: Counts, per: int = MINUTE) -> Counts:
    runs, length = counts.shape
    return np.asarray(counts.reshape(runs, length // per, per).sum(axis=2))


def _rates(requests: Counts, errors: Counts) -> NDArray[np.float64]:
    return np.asarray(errors / np.maximum(requests, 1))


def first(alarms: NDArray[np.bool_]) -> Seconds:
    """The first column, from 1, in which each row is true."""
    return np.where(alarms.any(axis=1), alarms.argmax(axis=1) + 1.0, np.inf)


JUDGES: dict[str, Judge] = {
    "fixed threshold each minute": fixed_threshold,
    "z-test each second": z_test,
    "Mann-Whitney (Kayenta)": mann_whitney,
}
