"""Limits of counted events, against scipy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bluegreen.core.statistics.gamma import cumulative, lower_limit, upper_limit

EVENTS = st.one_of(st.floats(0.0, 50.0, allow_subnormal=False), st.floats(50.0, 200_000.0))
ALPHAS = st.floats(1e-6, 0.3)


@given(st.floats(0.05, 5000.0), st.floats(0.0, 3.0))
def test_the_distribution_is_that_of_scipy(shape: float, part: float) -> None:
    assert cumulative(shape, shape * part) == pytest.approx(stats.gamma.cdf(shape * part, shape), abs=1e-9)


@given(EVENTS, ALPHAS)
def test_upper_limits_are_those_of_scipy(events: float, alpha: float) -> None:
    assert upper_limit(events, alpha) == pytest.approx(stats.gamma.isf(alpha, events + 1), rel=1e-6)


@given(EVENTS, ALPHAS)
def test_lower_limits_are_those_of_scipy(events: float, alpha: float) -> None:
    expected = stats.gamma.ppf(alpha, events) if events else 0.0
    assert lower_limit(events, alpha) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_no_event_at_all_still_leaves_room() -> None:
    assert upper_limit(0, 0.05) == pytest.approx(2.9957, rel=1e-4)  # the rule of three
    assert lower_limit(0, 0.05) == 0.0
