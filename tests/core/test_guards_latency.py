"""Times of answers, without and with the old release as a control; and requests that hang."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bluegreen.core.evidence import Baseline, Counted, Tick
from bluegreen.core.guards.waiting import Waiting
from bluegreen.core.spec import Latency
from bluegreen.core.verdict import Verdict
from tests.core.ticks import BEFORE, SLOW, blocked_after, counted, fold, one, tick

ASKED = Latency(((0.95, 1.5),))
KNOWN = replace(BEFORE, thresholds=(SLOW,))


def test_slow_answers_are_found_within_seconds_and_the_reason_names_the_limit() -> None:
    slow = [tick(counted(50, slow=10))] * 60
    assert (blocked_after(one(ASKED, KNOWN), slow) or 99) <= 10
    reason = fold(one(ASKED, KNOWN), slow).finding().reason
    assert reason.startswith("20 % of ")
    assert "took longer than 300 ms; 5.0 % is tolerated (1.5 times the p95 of 200 ms before)" in reason


def test_as_many_as_tolerated_are_not_found() -> None:
    ticks = [tick(counted(100, slow=5))] * 600
    guard = fold(one(ASKED, KNOWN), ticks)
    assert guard.verdict is Verdict.ALLOW
    assert guard.finding().reason == "of 60,000 answers, 5.0 % slower than 300 ms (5.0 % tolerated)"


def test_the_evidence_of_the_limits_is_averaged() -> None:
    two = replace(BEFORE, thresholds=(SLOW, replace(SLOW, quantile=0.99, seconds=0.6, share=0.01)))
    guard = one(Latency(((0.95, 1.5), (0.99, 2.0))), two)
    ticks = [Tick(0.0, 1.0, Counted(50, 50, 0, 50, (2, 10)))] * 60
    assert blocked_after(guard, ticks) is not None


@pytest.mark.parametrize("new", [counted(0), counted(0, slow=0)])
def test_no_traffic_is_never_healthy(new: Counted) -> None:
    assert fold(one(ASKED, KNOWN), [tick(new)] * 300).verdict is Verdict.CANNOT_TELL


def test_one_request_a_minute_is_never_healthy() -> None:
    ticks = [tick(counted(1, slow=0) if second % 60 == 0 else counted(0)) for second in range(300)]
    guard = one(ASKED, KNOWN)
    for each in ticks:
        guard = guard.take(each)
        assert guard.verdict is Verdict.CANNOT_TELL


def test_answers_without_times_are_missing() -> None:
    finding = fold(one(ASKED, KNOWN), [tick(counted(50))] * 60).finding()
    assert finding.verdict is Verdict.CANNOT_TELL
    assert "times of answers were not measured" in finding.reason


def test_times_without_their_slow_ones_are_missing() -> None:
    guard = fold(one(ASKED, KNOWN), [tick(Counted(50, 50, 0, 50, ()))] * 60)
    assert guard.verdict is Verdict.CANNOT_TELL


def test_without_times_before_there_is_nothing_to_compare_with() -> None:
    guard = fold(one(ASKED, Baseline()), [tick(counted(50, slow=50))] * 60)
    assert guard.verdict is Verdict.CANNOT_TELL
    assert "no time of the release before was measured" in guard.finding().reason


# --- requests that hang


def hanging(seconds: int, part: float = 1.0, rate: int = 50) -> list[Tick]:
    """Of requests at this rate, some are never answered."""
    answered = round(rate * (1 - part))
    return [
        tick(counted(answered, slow=0, arrived=rate, waiting=(rate - answered) * second))
        for second in range(1, seconds + 1)
    ]


def test_a_release_that_hangs_altogether_is_found() -> None:
    assert (blocked_after(one(ASKED, KNOWN), hanging(60)) or 99) <= 15


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_release_of_which_a_part_hangs_is_found_or_at_least_never_healthy_for_long(part: float) -> None:
    assert blocked_after(one(ASKED, KNOWN), hanging(120, part)) is not None


def test_a_release_that_begins_to_hang_is_not_healthy_any_more() -> None:
    guard = fold(one(ASKED, KNOWN), [*[tick(counted(50, slow=1))] * 100, *hanging(7)])
    assert guard.verdict is not Verdict.ALLOW


@pytest.mark.parametrize("seconds", [3, 5])
def test_users_who_all_wait_and_so_send_nothing_are_not_healthy(seconds: int) -> None:
    """Eight connections at most: with each of them in a request that hangs, no more requests come."""
    before = [tick(counted(50, slow=1))] * 100
    all_wait = [tick(counted(0, slow=0, arrived=8, waiting=8)), *[tick(counted(0, waiting=8))] * seconds]
    assert fold(one(ASKED, KNOWN), before).verdict is Verdict.ALLOW
    guard = fold(one(ASKED, KNOWN), [*before, *all_wait])
    assert guard.verdict is Verdict.CANNOT_TELL
    assert "8 requests hang" in guard.finding().reason


def test_users_who_give_up_and_come_back_to_wait_again_are_not_healthy() -> None:
    """One of three instances hangs: all eight connections are soon there, and are opened anew after ten seconds."""
    again = [tick(counted(50, slow=8, arrived=50, waiting=8)), *[tick(counted(0, waiting=8))] * 9]
    before = [*[tick(counted(50, slow=1))] * 10, tick(counted(0, slow=0, arrived=8, waiting=8))]
    guard = fold(one(ASKED, KNOWN), [*before, *[tick(counted(0, waiting=8))] * 9, *again, again[0]])
    assert guard.verdict is Verdict.CANNOT_TELL
    assert "8 requests hang unanswered" in guard.finding().reason


def test_a_long_poll_among_requests_that_are_answered_is_healthy() -> None:
    """One that waits for half a minute, again and again, and beside it a request in two seconds."""
    polls = [tick(counted(second % 2, slow=0, arrived=second % 2, waiting=1)) for second in range(1, 601)]
    first = tick(counted(1, slow=0, arrived=2, waiting=1))
    assert fold(one(ASKED, KNOWN, seconds=600.0), [first, *polls]).verdict is Verdict.ALLOW


def test_streams_that_stay_open_are_not_requests_that_hang() -> None:
    """Each was answered when it began, and is under way still."""
    ticks = [tick(counted(50, slow=1, waiting=20 * second)) for second in range(1, 301)]
    assert fold(one(ASKED, KNOWN), ticks).verdict is Verdict.ALLOW


def test_a_request_counts_once_while_it_hangs_and_when_it_is_answered() -> None:
    """Each takes five seconds, longer than tolerated: as many are counted as there were."""
    rate, takes = 50, 5
    waiting, counted_in_all = Waiting(0.3), 0
    for second in range(1, 101):
        answered = rate if second > takes else 0
        under_way = rate * min(second, takes)
        waiting, found, before = waiting.take(counted(answered, slow=answered, arrived=rate, waiting=under_way), 1.0)
        counted_in_all += found + answered - before
    assert rate * 95 <= counted_in_all <= rate * 100


def test_requests_that_hang_are_never_counted_more_often_than_they_came() -> None:
    rng = np.random.default_rng(6)
    waiting, found_in_all, arrived_in_all, under_way, slow_in_all = Waiting(1.0), 0, 0, 0, 0
    for _ in range(500):
        arrived = int(rng.poisson(30))
        answered = int(rng.binomial(under_way + arrived, 0.3))
        slow = int(rng.binomial(answered, 0.5))
        under_way += arrived - answered
        waiting, found, before = waiting.take(counted(answered, slow=slow, arrived=arrived, waiting=under_way), 1.0)
        found_in_all, arrived_in_all = found_in_all + found, arrived_in_all + arrived
        slow_in_all += slow - before
        assert before <= slow
        assert found >= 0
        assert found_in_all + slow_in_all <= arrived_in_all


def test_missing_evidence_forgets_who_waits() -> None:
    guard = fold(one(ASKED, KNOWN), [tick(None)] * 50)
    assert guard.verdict is Verdict.CANNOT_TELL


# --- with a control


def both(new: int, slow: int, old: int, old_slow: int) -> Tick:
    return tick(counted(new, slow=slow), counted(old, slow=old_slow))


@pytest.mark.parametrize(("share", "new", "old"), [(95, 475, 25), (50, 250, 250), (5, 25, 475)])
def test_a_slow_release_is_found_at_every_share(share: int, new: int, old: int) -> None:
    rng = np.random.default_rng(share)
    ticks = [both(new, int(rng.binomial(new, 0.5)), old, int(rng.binomial(old, 0.01))) for _ in range(120)]
    assert blocked_after(one(ASKED, KNOWN, share=share), ticks) is not None


def test_what_slows_both_down_blocks_only_without_a_control() -> None:
    rng = np.random.default_rng(9)
    ticks = [both(450, int(rng.binomial(450, 0.4)), 50, int(rng.binomial(50, 0.4))) for _ in range(120)]
    assert blocked_after(one(ASKED, KNOWN), ticks) is not None
    guard = fold(one(ASKED, KNOWN, share=90), ticks)
    assert guard.verdict is Verdict.CANNOT_TELL
    assert "that is not clearly less" in guard.finding().reason


def test_a_control_that_says_nothing_is_missing() -> None:
    for old in (None, counted(0), Counted(50, 50, 0, 50, ()), Counted(50, 50, 0, 50, (1, 2, 3))):
        ticks = [Tick(0.0, 1.0, counted(50, slow=50), old)] * 60
        assert fold(one(ASKED, KNOWN, share=90), ticks).verdict is Verdict.CANNOT_TELL


def test_with_a_control_healthy_needs_enough_of_both() -> None:
    assert fold(one(ASKED, KNOWN, share=90), [both(450, 5, 50, 0)] * 60).verdict is Verdict.ALLOW
    few = fold(one(ASKED, KNOWN, share=99), [both(450, 5, 1, 0)] * 5)
    assert few.verdict is Verdict.CANNOT_TELL
    assert "too few to compare with" in few.finding().reason
