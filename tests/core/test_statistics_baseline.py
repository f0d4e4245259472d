"""What is frozen of the release before."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.core.evidence import Baseline, Interval
from bluegreen.core.spec import ErrorRate, Latency, Watch
from bluegreen.core.statistics.baseline import freeze
from bluegreen.core.statistics.budget import alpha
from bluegreen.core.statistics.bursts import tempering
from bluegreen.core.statistics.dispersion import dispersion
from bluegreen.core.statistics.histogram import Histogram
from bluegreen.core.statistics.tolerance import FLOOR, error_limit, rate_bound

BOUNDS = [first / 10 * 10.0**power for power in range(-3, 3) for first in range(10, 100)]


def times_of(values: np.ndarray) -> dict[float, int]:
    where = np.searchsorted(BOUNDS, values)
    return {BOUNDS[i]: int(count) for i, count in enumerate(np.bincount(where)) if count}


@given(st.floats(0.002, 2.0), st.floats(0.1, 1.0), st.integers(0, 1000), st.sampled_from([0.5, 0.95, 0.99]))
def test_quantiles_and_shares_are_numpys_to_within_a_bucket(
    median: float, sigma: float, seed: int, quantile: float
) -> None:
    values = median * np.exp(sigma * np.random.default_rng(seed).standard_normal(5000))
    histogram = Histogram.of(times_of(values))
    exact = float(np.quantile(values, quantile, method="inverted_cdf"))
    assert histogram.count == 5000
    assert exact / 1.1 <= histogram.quantile(quantile) <= exact * 1.1
    assert (values > exact * 1.1).sum() <= histogram.slower(exact) <= (values > exact / 1.1).sum()


@given(st.dictionaries(st.sampled_from(BOUNDS), st.integers(1, 50), min_size=1, max_size=8), st.floats(0.0005, 200.0))
def test_the_share_that_is_slower_never_grows_with_time(times: dict[float, int], seconds: float) -> None:
    histogram = Histogram.of(times)
    assert 0 <= histogram.slower(seconds * 1.3) <= histogram.slower(seconds) <= histogram.count
    for bound in times:
        assert histogram.slower(bound) == pytest.approx(sum(n for b, n in times.items() if b > bound))


def test_the_tolerated_share_is_that_of_a_release_slower_by_the_factor() -> None:
    values = 0.1 * np.exp(0.5 * np.random.default_rng(1).standard_normal(400_000))
    [threshold] = freeze([], times_of(values), Watch(guards=(Latency(((0.95, 1.5),)),)), 1).thresholds
    assert threshold.before == pytest.approx(np.quantile(values, 0.95), rel=0.02)
    assert threshold.before * 1.5 <= threshold.seconds <= threshold.before * 1.5 * 1.1
    slower = float((values * 1.5 > threshold.seconds).mean())
    assert slower <= threshold.share <= slower * 1.1
    assert threshold.usual == pytest.approx(float((values > threshold.seconds).mean()), rel=1e-6)


def test_where_no_answer_was_seen_a_whole_bucket_is_given_away() -> None:
    """All answers took the same: the bounds around 1.5 times that are not known."""
    [threshold] = freeze([], {0.1: 1000}, Watch(guards=(Latency(((0.5, 1.5),)),)), 1).thresholds
    assert threshold.seconds == pytest.approx(threshold.before * 1.5 * 1.1)
    assert threshold.share >= 0.5  # what is counted as slow may have taken only 1.5 times as long


def test_what_nobody_notices_is_not_slow_and_as_many_as_ever_may_be() -> None:
    """All answers came within a few milliseconds: one in a hundred above 25 ms is no slower p95."""
    values = 0.002 * np.exp(0.5 * np.random.default_rng(1).standard_normal(100_000))
    [threshold] = freeze([], times_of(values), Watch(guards=(Latency(((0.95, 1.5),)),)), 1).thresholds
    assert threshold.seconds >= 0.025
    assert threshold.share == pytest.approx(0.05, rel=0.1)


def test_few_answers_tolerate_more() -> None:
    watch = Watch(guards=(Latency(((0.95, 1.5),)),))
    [few] = freeze([], {0.1: 95, 0.11: 5}, watch, 1).thresholds
    [many] = freeze([], {0.1: 9500, 0.11: 500}, watch, 1).thresholds
    assert few.share > many.share * 1.5


def test_nothing_observed_is_nothing_known() -> None:
    baseline = freeze([], {}, Watch(), 1)
    assert (baseline.requests, baseline.timed, baseline.thresholds) == (0, 0, ())
    assert rate_bound(baseline, 0.001) == float("inf")


@pytest.mark.parametrize("size", [1, 10, 50])
def test_the_dispersion_is_the_size_of_bursts(size: int) -> None:
    rng = np.random.default_rng(size)
    found = []
    for _ in range(20):
        errors = size * rng.poisson(5.0 / size, 360)
        found.append(dispersion([Interval(10.0, 5000, int(e)) for e in errors]))
    assert np.median(found) == pytest.approx(size, rel=0.3)


def test_a_burst_longer_than_an_interval_counts_whole() -> None:
    quiet, bad = Interval(10.0, 500, 0), Interval(10.0, 500, 50)
    spread = [bad if i % 36 == 0 else quiet for i in range(360)]
    together = [bad if i % 216 < 6 else quiet for i in range(360)]
    assert dispersion(together) > 4 * dispersion(spread)


@pytest.mark.parametrize("size", [1, 10, 50])
@pytest.mark.parametrize("per_second", [5, 50])
def test_the_bound_of_the_rate_holds_with_bursts(size: int, per_second: int) -> None:
    """Seen from an hour's traffic, the true rate is above twice the bound's chance of 1 % in few of 400 hours.

    An hour that saw no burst at all cannot know of any: those are left out, the floor is for them.
    """
    rng, rate, wrong, known = np.random.default_rng(size + per_second), 0.004, 0, 0
    for _ in range(400):
        errors = size * rng.poisson(rate * per_second * 10 / size, 360)
        intervals = [Interval(10.0, max(per_second * 10, int(e)), int(e)) for e in errors]
        baseline = freeze(intervals, {}, Watch(), 1)
        if baseline.errors:
            known += 1
            wrong += rate_bound(baseline, 0.01) < baseline.requests and rate_bound(baseline, 0.01) < rate * 0.98
    assert known > 200
    assert wrong / known <= 0.02


def test_the_limit_is_the_bound_times_what_is_tolerated_and_never_below_the_floor() -> None:
    some = Baseline(requests=100_000, errors=100)
    assert error_limit(some, 2.0, 0.001) == pytest.approx(2 * rate_bound(some, 0.001))
    assert error_limit(Baseline(requests=10**7, errors=0), 2.0, 0.001) == FLOOR


def test_without_bursts_evidence_counts_in_full_and_with_them_less() -> None:
    rng = np.random.default_rng(2)
    even = [Interval(10.0, 5000, int(e)) for e in rng.poisson(5.0, 360)]
    bursts = [Interval(10.0, 5000, 250 if i % 50 == 0 else 0) for i in range(360)]
    assert tempering(even, 0.0025, 250.0) == 1.0
    assert 0.03 <= tempering(bursts, 0.0025, 250.0) < 0.5
    assert freeze(bursts, {}, Watch(), 1).tempering < 1.0


def test_the_budget_is_shared_out_over_guards_and_stages() -> None:
    assert alpha(Watch(), 1) == pytest.approx(0.005)
    assert alpha(Watch(guards=(ErrorRate(),)), 4) == pytest.approx(0.0025)
