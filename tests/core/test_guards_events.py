"""Business events, with the old release as a control and without."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bluegreen.core.evidence import Baseline, EventCounts, Tick
from bluegreen.core.guards.base import Guard
from bluegreen.core.spec import EventRatio
from bluegreen.core.verdict import Verdict
from tests.core.ticks import BEFORE, blocked_after, fold, one

PURCHASES = EventRatio("purchase", "visit", 0.95)
COMPLAINTS = EventRatio("complaint", "visit", 1.5)
KNOWN = replace(BEFORE, events={PURCHASES.name: (10_000, 100_000), COMPLAINTS.name: (1000, 100_000)})


def events(
    asked: EventRatio, seconds: int, new: float, old: float, *, visits: tuple[int, int], seed: int = 1
) -> list[Tick]:
    rng = np.random.default_rng(seed)
    counts = zip(
        rng.poisson(new * visits[0], seconds).tolist(), rng.poisson(old * visits[1], seconds).tolist(), strict=True
    )
    return [Tick(0.0, 1.0, events={asked.name: EventCounts(n, visits[0], o, visits[1])}) for n, o in counts]


def held(asked: EventRatio, share: int = 50) -> Guard:
    return one(asked, KNOWN, share=share)


@pytest.mark.parametrize(("asked", "bad", "usual"), [(PURCHASES, 0.06, 0.10), (COMPLAINTS, 0.04, 0.01)])
def test_a_loss_is_found_with_a_control_and_may_roll_back(asked: EventRatio, bad: float, usual: float) -> None:
    found = fold(held(asked), events(asked, 300, bad, usual, visits=(50, 50))).finding()
    assert found.verdict is Verdict.BLOCK
    assert not found.alerts_only
    assert f"{asked.event} for each visit" in found.reason


@pytest.mark.parametrize(("asked", "bad"), [(PURCHASES, 0.06), (COMPLAINTS, 0.04)])
def test_a_loss_is_found_without_a_control_and_only_alerts(asked: EventRatio, bad: float) -> None:
    found = fold(one(asked, KNOWN), events(asked, 300, bad, 0.0, visits=(50, 0))).finding()
    assert found.verdict is Verdict.BLOCK
    assert found.alerts_only
    assert "time of day may be the cause" in found.reason


def test_too_little_is_told_in_words_that_read_well() -> None:
    found = fold(held(PURCHASES), events(PURCHASES, 1, 0.1, 0.1, visits=(10, 10))).finding()
    assert found.verdict is Verdict.CANNOT_TELL
    assert f"{PURCHASES.event} for each visit (10 of them): half of what is tolerated" in found.reason


@pytest.mark.parametrize(("asked", "good"), [(PURCHASES, 0.12), (COMPLAINTS, 0.005)])
@pytest.mark.parametrize("share", [50, 100])
def test_a_gain_is_healthy(asked: EventRatio, good: float, share: int) -> None:
    usual = KNOWN.events[asked.name][0] / 100_000
    ticks = events(asked, 300, good, usual, visits=(50, 0 if share == 100 else 50))
    found = fold(one(asked, KNOWN, share=share), ticks)
    assert found.verdict is Verdict.ALLOW
    assert not found.finding().alerts_only


def test_a_time_of_day_at_which_nobody_buys_does_not_block_with_a_control() -> None:
    assert blocked_after(held(PURCHASES), events(PURCHASES, 300, 0.02, 0.02, visits=(50, 50))) is None


def test_no_events_at_all_are_never_healthy() -> None:
    for share in (50, 100):
        guard = one(PURCHASES, KNOWN, share=share)
        assert fold(guard, [Tick(0.0, 1.0)] * 100).verdict is Verdict.CANNOT_TELL
        none = Tick(0.0, 1.0, events={PURCHASES.name: EventCounts(0, 0, 0, 0)})
        assert fold(guard, [none] * 100).verdict is Verdict.CANNOT_TELL


def test_few_events_are_too_few() -> None:
    found = fold(held(PURCHASES), events(PURCHASES, 5, 0.1, 0.1, visits=(5, 5)))
    assert found.verdict is Verdict.CANNOT_TELL
    assert "would not have been noticed yet" in found.finding().reason


def test_without_events_before_and_without_a_control_there_is_nothing_to_compare_with() -> None:
    assert "nothing to compare with" in one(PURCHASES, Baseline()).finding().reason
    assert one(PURCHASES, Baseline(), share=50).finding().reason == "nothing was observed yet"


def test_false_alarms_stay_within_the_budget_at_the_tolerated_loss() -> None:
    runs = 200
    ticks = (events(PURCHASES, 150, 0.095, 0.10, visits=(50, 50), seed=seed) for seed in range(runs))
    alarms = sum(blocked_after(held(PURCHASES), run) is not None for run in ticks)
    assert alarms <= stats.binom.ppf(0.999, runs, 0.01)
