"""The guarantee of each test: what it gains is at most nothing, on average, from a release that is no worse."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bluegreen.core.statistics.betting import Bet, barrier, finds, tempered, would_find
from bluegreen.core.statistics.comparison import Comparison
from bluegreen.core.statistics.control import Control
from bluegreen.core.statistics.onset import staked
from bluegreen.core.statistics.poisson import OneRate
from bluegreen.core.statistics.split import split_evidence
from bluegreen.core.statistics.surplus import Surplus

CLOSE = 1.0 + 1e-9
SHARES = st.floats(0.01, 0.99)


@given(st.lists(st.floats(0.0, 30.0), min_size=1, max_size=50), st.floats(1.0, 100.0))
def test_the_stake_grows_and_is_never_more_than_all_of_it(spans: list[float], seconds: float) -> None:
    times = [float(t) for t in np.cumsum(spans)]
    put = [staked(t, seconds) for t in times]
    assert all(0.5 <= a <= b <= CLOSE for a, b in pairwise([0.5, *put, 1.0]))
    assert staked(3 * seconds, seconds) == pytest.approx(1.0)


@given(st.floats(0.001, 0.9), st.lists(st.floats(0.0, 1.0), min_size=2, max_size=6), st.floats(0.0, 2.0))
def test_a_bet_is_fair_for_whatever_has_the_tolerated_mean(limit: float, values: list[float], more: float) -> None:
    mean = sum(values) / len(values)
    scale = min(1.0, limit / mean) if mean else 1.0
    observed = [value * scale for value in values]  # of the same chance each; their mean is at most the limit
    bet = Bet(limit, 60.0).take(min(1.0, limit * more), 1.0)
    held = bet.evidence + 1.0 - bet.staked
    after = [bet.take(x, 2.0) for x in observed]
    expected = sum(b.evidence + 1.0 - b.staked for b in after) / len(after)
    assert expected <= held * CLOSE


@given(st.floats(0.001, 0.5), st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40))
def test_capital_is_never_negative_and_never_overflows(limit: float, observed: list[float]) -> None:
    bet = Bet(limit, 60.0)
    for second, x in enumerate(observed, 1):
        bet = bet.take(x, float(second))
        assert all(0.0 <= capital < math.inf for capital in bet.capitals)


def test_a_bet_survives_hours_of_nothing_but_errors() -> None:
    bet = Bet(0.001, 300.0)
    for second in range(10_000):
        bet = bet.take(1.0, second + 1.0)
    assert 1e100 < bet.evidence < math.inf
    assert tempered(bet.evidence, barrier(250.0, 0.03), 250.0) > 250.0


def test_false_alarms_of_a_bet_stay_within_the_budget_with_errors_in_bursts() -> None:
    """Errors of a second have one cause each: 50 of 50 requests, at the tolerated rate. 2,000 runs at 5 %."""
    rng = np.random.default_rng(7)
    alarms = 0
    for row in rng.random((2000, 300)) < 0.01:
        bet, highest = Bet(0.01, 300.0), 0.0
        for second, burst in enumerate(row.tolist(), 1):
            bet = bet.take(float(burst), float(second))
            highest = max(highest, bet.evidence)
        alarms += highest >= 20.0
    assert alarms <= stats.binom.ppf(0.9999, 2000, 0.05)
    assert alarms > 0  # the guarantee is used: a test that never alarms would find nothing either


@given(st.floats(0.001, 0.2), st.integers(1, 500), st.floats(1.0, 500.0))
def test_what_is_found_would_be_found_and_less_would_not(limit: float, ticks: int, each: float) -> None:
    found = finds(limit, ticks, each, 250.0)
    if found is None:
        assert not would_find(1.0, limit, ticks, each, 250.0)
    else:
        assert would_find(found, limit, ticks, each, 250.0)
        assert found < limit * 1.01 or not would_find(found * 0.99, limit, ticks, each, 250.0)


@pytest.mark.parametrize(("each", "share"), [(1, 0.3), (5, 0.1), (50, 0.03), (500, 0.02)])
def test_the_forecast_of_a_bet_is_what_happens(each: int, share: float) -> None:
    limit, rng = 0.002, np.random.default_rng(3)
    times = []
    for errors in rng.binomial(each, share, (200, 400)):
        bet = Bet(limit, 400.0)
        for second, count in enumerate(errors.tolist(), 1):
            bet = bet.take(count / each, float(second))
            if bet.evidence >= 250.0:
                break
        times.append(second)
    predicted = next(t for t in range(1, 400) if would_find(share, limit, t, float(each), 250.0))
    assert predicted == pytest.approx(np.median(times), rel=0.4, abs=2)


def _expected(test: Comparison | Surplus, n: int, o: int, p: float, q: float) -> float:
    """The exact expectation of what a test holds after one tick of independent requests."""
    total = 0.0
    for new, chance in enumerate(stats.binom.pmf(range(n + 1), n, p).tolist()):
        for old, other in enumerate(stats.binom.pmf(range(o + 1), o, q).tolist()):
            after = _take(test, new, old, n, o)
            total += chance * other * (after.evidence + 1.0 - after.staked)
    return total


def _take(test: Comparison | Surplus, new: int, old: int, n: int, o: int) -> Comparison | Surplus:
    if isinstance(test, Comparison):
        return test.take(new, old, n / (n + o), 1.0)
    return test.take(new, old, n, o, 1.0)


@given(st.integers(1, 12), st.integers(1, 12), SHARES, SHARES, st.floats(1.05, 10.0), st.floats(1.0, 5.0))
def test_the_comparison_is_fair_up_to_the_tolerated_ratio(
    n: int, o: int, q: float, part: float, tolerated: float, burst: float
) -> None:
    p = min(1.0, q * tolerated * part)
    assert _expected(Comparison(tolerated, burst, 60.0), n, o, p, q) <= CLOSE


@given(st.integers(1, 12), st.integers(1, 12), SHARES, SHARES, st.floats(0.1, 0.95))
def test_the_comparison_of_what_is_wanted_is_fair_down_to_the_tolerated_ratio(
    n: int, o: int, q: float, more: float, tolerated: float
) -> None:
    p = min(1.0, q * tolerated * (1 + more))
    if p < 1.0:
        assert _expected(Comparison(tolerated, 1.0, 60.0, more_is_worse=False), n, o, p, q) <= CLOSE


@given(st.integers(1, 12), st.integers(1, 12), SHARES, SHARES, st.floats(0.001, 0.3), st.floats(1.0, 5.0))
def test_the_surplus_is_fair_whatever_happens_to_both(
    n: int, o: int, q: float, part: float, limit: float, burst: float
) -> None:
    p = min(1.0, q + limit * part)
    assert _expected(Surplus(limit, burst, 60.0), n, o, p, q) <= CLOSE


@given(st.integers(1, 8), st.floats(0.01, 3.0), st.floats(0.05, 0.95), st.floats(1.05, 10.0))
def test_bursts_of_one_release_are_paid_for(size: int, bursts: float, share: float, tolerated: float) -> None:
    """Independent bursts of ``size`` errors on each release, at the tolerated ratio: compound Poisson."""
    odds = tolerated * share / (1 - share)
    test = Comparison(tolerated, float(size), 60.0)
    counts = range(60)
    total = 0.0
    for new, chance in zip(counts, stats.poisson.pmf(counts, bursts * odds / (1 + odds)), strict=True):
        for old, other in zip(counts, stats.poisson.pmf(counts, bursts / (1 + odds)), strict=True):
            if chance * other > 1e-13:
                after = test.take(new * size, old * size, share, 1.0)
                total += chance * other * (after.evidence + 1.0 - after.staked)
    assert total <= CLOSE


def test_the_control_alarms_when_one_of_its_parts_does_twice_over() -> None:
    alone = Comparison(2.0, 1.0, 60.0)
    both = Control(alone, Surplus(0.01, 1.0, 60.0))
    for second in range(1, 30):
        alone = alone.take(5, 0, 0.5, float(second))
        both = both.take(5, 0, 100, 100, float(second))
    assert both.evidence >= alone.evidence / 2 > 1000
    assert both.would_find(100, 0, 1000, 1000, 250.0)
    assert not both.would_find(100, 100, 1000, 1000, 250.0)


@given(st.floats(0.01, 2.0), st.integers(1, 20), st.booleans())
def test_one_rate_is_fair_at_the_tolerated_rate(tolerated: float, exposure: int, more: bool) -> None:
    test = OneRate(tolerated, 60.0, more)
    counts = range(400)
    chances = stats.poisson.pmf(counts, tolerated * exposure)
    after = [test.take(count, exposure, 1.0) for count in counts]
    expected = sum(c * (a.evidence + 1.0 - a.staked) for c, a in zip(chances, after, strict=True))
    assert expected <= CLOSE
    if not more or tolerated * exposure < 0.5:  # what would be a very large gain is given away
        assert expected == pytest.approx(1.0, abs=1e-6)


@given(st.integers(1, 200), st.floats(0.01, 0.99))
def test_the_split_is_fair_for_requests_that_are_assigned_by_chance(requests: int, share: float) -> None:
    counts = range(requests + 1)
    chances = stats.binom.pmf(counts, requests, share)
    expected = sum(c * split_evidence(n, requests - n, share) for c, n in zip(chances, counts, strict=True))
    assert expected == pytest.approx(1.0, rel=1e-6)


def test_the_split_is_the_ratio_of_scipys_probabilities() -> None:
    ours = split_evidence(130, 70, 0.5)
    theirs = stats.betabinom.pmf(130, 200, 500, 500) / stats.binom.pmf(130, 200, 0.5)
    assert ours == pytest.approx(theirs, rel=1e-9)


def test_a_wrong_split_is_found_and_a_right_one_is_not() -> None:
    draw = random.Random(5)
    right = sum(draw.random() < 0.95 for _ in range(20_000))
    wrong = sum(draw.random() < 0.90 for _ in range(20_000))
    assert split_evidence(right, 20_000 - right, 0.95) < 20
    assert split_evidence(wrong, 20_000 - wrong, 0.95) > 1e6
