"""Numbers against what they were before the switch."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bluegreen.core.evidence import Reading, Tick
from bluegreen.core.guards.base import Guard
from bluegreen.core.spec import Prometheus
from bluegreen.core.verdict import Verdict
from tests.core.ticks import BEFORE, blocked_after, fold, one, read

ORDERS = Prometheus("orders", "http://x", worse_than=0.9, every=1.0)
"""Fewer than 0.9 times as many as before are worse."""
QUEUE = Prometheus("queue", "http://x", worse_than=2.0, every=1.0)
STEADY = (100.0,) * 30


def guard(asked: Prometheus, *before: float) -> Guard:
    return one(asked, replace(BEFORE, values={asked.name: before}))


def readings(asked: Prometheus, *values: float) -> list[Tick]:
    return [read(asked.name, Reading(value=value)) for value in values]


@pytest.mark.parametrize(("asked", "bad", "good"), [(ORDERS, 80.0, 95.0), (QUEUE, 250.0, 150.0)])
def test_readings_beyond_the_limit_block_and_others_do_not(asked: Prometheus, bad: float, good: float) -> None:
    assert (blocked_after(guard(asked, *STEADY), readings(asked, *[bad] * 20)) or 99) <= 8
    assert fold(guard(asked, *STEADY), readings(asked, *[good] * 100)).verdict is Verdict.ALLOW


def test_the_reason_says_the_limit_and_the_readings() -> None:
    finding = fold(guard(ORDERS, *STEADY), readings(ORDERS, *[80.0] * 10)).finding()
    expected = "10 of 10 readings below 90 (0.9 times the median of 100 before); the last one was 80"
    assert finding.reason == expected
    assert (finding.figures[0].before, finding.figures[0].limit) == (100.0, 90.0)


def test_a_number_that_was_often_beyond_before_is_tolerated_more_often() -> None:
    noisy = [100.0, 100.0, 100.0, 50.0, 100.0, 50.0] * 10
    assert fold(guard(ORDERS, *noisy), readings(ORDERS, *noisy * 3)).verdict is not Verdict.BLOCK


def test_a_run_of_bad_readings_before_weakens_later_ones() -> None:
    steady, runs = [100.0] * 60, ([100.0] * 17 + [50.0] * 3) * 3
    bad = readings(ORDERS, *[50.0] * 200)
    quick, slow = blocked_after(guard(ORDERS, *steady), bad), blocked_after(guard(ORDERS, *runs), bad)
    assert quick is not None
    assert slow is not None
    assert slow > 3 * quick


@pytest.mark.parametrize("before", [(), (100.0,) * 4, (0.0,) * 30, (-3.0,) * 30])
def test_too_little_or_nothing_before_is_nothing_to_compare_with(before: tuple[float, ...]) -> None:
    found = fold(guard(ORDERS, *before), readings(ORDERS, *[80.0] * 50))
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.finding().reason.startswith("there is nothing to compare with")


def test_why_nothing_was_known_before_is_said() -> None:
    missing = replace(BEFORE, missing={ORDERS.name: "Prometheus does not answer"})
    assert "Prometheus does not answer" in one(ORDERS, missing).finding().reason


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_missing_is_never_healthy(value: float | None) -> None:
    found = fold(guard(ORDERS, *STEADY), [read(ORDERS.name, Reading(value=value, why="empty result"))] * 100)
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.finding().reason == "no answer yet: empty result"


def test_few_readings_are_too_few() -> None:
    found = fold(guard(ORDERS, *STEADY), readings(ORDERS, 100.0, 100.0))
    assert found.verdict is Verdict.CANNOT_TELL
    assert "too few" in found.finding().reason


def test_false_alarms_stay_within_the_budget_for_a_number_that_is_as_before() -> None:
    rng, runs, alarms = np.random.default_rng(8), 300, 0
    for _ in range(runs):
        before, now = rng.normal(100, 8, 60), rng.normal(100, 8, 100)
        alarms += blocked_after(guard(ORDERS, *before.tolist()), readings(ORDERS, *now.tolist())) is not None
    assert alarms <= stats.binom.ppf(0.999, runs, 0.01)
