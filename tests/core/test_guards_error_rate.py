"""The error rate, without and with the old release as a control."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bluegreen.core.evidence import Baseline, Tick
from bluegreen.core.spec import ErrorRate
from bluegreen.core.verdict import Verdict
from tests.core.ticks import BEFORE, MISSING, blocked_after, counted, fold, one, tick

ASKED = ErrorRate()


def healthy(seconds: int) -> list[Tick]:
    return [tick(counted(50)) for _ in range(seconds)]


def test_a_release_that_fails_is_found_within_seconds() -> None:
    assert (blocked_after(one(ASKED), [tick(counted(50, 25))] * 30) or 99) <= 3


def test_a_release_that_turns_bad_later_is_found_too_and_the_reason_says_how_bad_it_was_then() -> None:
    guard = fold(one(ASKED), healthy(250))
    bad = [tick(counted(50, 3))] * 20
    assert (blocked_after(guard, bad) or 99) <= 8
    finding = fold(guard, bad).finding()
    assert finding.verdict is Verdict.BLOCK
    assert finding.reason.startswith("6.0 % of ")
    assert "0.05 % before" in finding.reason
    assert finding.evidence is not None
    assert finding.alarm_at is not None
    assert finding.evidence >= finding.alarm_at


def test_a_block_stays() -> None:
    guard = fold(one(ASKED), [*[tick(counted(50, 25))] * 10, *healthy(500)])
    assert guard.verdict is Verdict.BLOCK
    assert guard.finding().reason.startswith("50 % of ")


def test_healthy_traffic_is_healthy_so_far_with_figures() -> None:
    finding = fold(one(ASKED), healthy(120)).finding()
    [figure] = finding.figures
    assert finding.verdict is Verdict.ALLOW
    assert (figure.before, figure.now) == (0.0005, 0.0)
    assert figure.limit == pytest.approx(0.0015, abs=0.0005)
    assert finding.finds is not None
    assert finding.finds < 0.05


@pytest.mark.parametrize("seconds", [1, 10, 600])
def test_no_traffic_at_all_is_never_healthy(seconds: int) -> None:
    finding = fold(one(ASKED), [tick(counted(0))] * seconds).finding()
    assert finding.verdict is Verdict.CANNOT_TELL
    assert finding.reason == f"no request was answered for {seconds} s"


def test_one_request_a_minute_is_never_healthy() -> None:
    guard = one(ASKED)
    for second in range(600):
        guard = guard.take(tick(counted(1 if second % 60 == 30 else 0)))
        assert guard.verdict is Verdict.CANNOT_TELL
    assert guard.finding().reason.startswith("10 requests: a rate below ")


def test_one_request_a_minute_that_always_fails_is_found() -> None:
    ticks = [tick(counted(1, 1) if second % 60 == 30 else counted(0)) for second in range(300)]
    assert blocked_after(one(ASKED), ticks) is not None


@pytest.mark.parametrize("errors", [0, 1])
def test_nothing_is_said_before_the_first_ticks(errors: int) -> None:
    assert one(ASKED).verdict is Verdict.CANNOT_TELL
    assert one(ASKED).finding().reason == "nothing was observed yet"
    assert one(ASKED).take(tick(counted(50, errors))).verdict is Verdict.CANNOT_TELL


def test_a_proxy_that_falls_silent_takes_the_verdict_back() -> None:
    guard = fold(one(ASKED), healthy(120))
    assert fold(guard, [tick(None)] * 3).verdict is Verdict.ALLOW
    silent = fold(guard, [tick(None)] * 6).finding()
    assert silent.verdict is Verdict.CANNOT_TELL
    assert silent.reason == f"nothing was heard of it for 6 s: {MISSING}"


def test_evidence_that_is_missing_every_third_second_is_too_little() -> None:
    ticks = [tick(None) if second % 3 == 0 else tick(counted(50)) for second in range(121)]
    finding = fold(one(ASKED), ticks).finding()
    assert finding.verdict is Verdict.CANNOT_TELL
    assert "of the time only" in finding.reason


def test_a_proxy_that_is_restarted_costs_one_tick() -> None:
    """Its counters begin anew: that tick is missing, and the others count."""
    guard = fold(one(ASKED), [*healthy(60), tick(None), *healthy(60)])
    assert guard.verdict is Verdict.ALLOW


def test_traffic_that_stops_takes_the_verdict_back() -> None:
    finding = fold(one(ASKED), [*healthy(120), *[tick(counted(0))] * 10]).finding()
    assert finding.verdict is Verdict.CANNOT_TELL
    assert finding.reason == "no request was answered for 10 s"


@pytest.mark.parametrize("share", [100, 95])
def test_missing_ticks_are_not_evidence_either_way(share: int) -> None:
    guard = fold(one(ASKED, share=share), [tick(None)] * 200)
    assert guard.verdict is Verdict.CANNOT_TELL
    assert guard.finding().reason.startswith("nothing was heard of it for 200 s")


def test_a_release_before_without_requests_is_nothing_to_compare_with() -> None:
    guard = fold(one(ASKED, Baseline()), healthy(100))
    assert guard.verdict is Verdict.CANNOT_TELL
    assert "no request of the release before was counted" in guard.finding().reason


def test_a_release_before_with_few_requests_is_too_little() -> None:
    guard = fold(one(ASKED, Baseline(requests=15)), healthy(100))
    assert guard.verdict is Verdict.CANNOT_TELL
    assert "too little is known of the release before" in guard.finding().reason


def test_a_clock_that_jumps_changes_nothing() -> None:
    ticks = [tick(counted(50, 1)) for _ in range(100)]
    jumping = [replace(each, at=1e9 - 3600.0 * i) for i, each in enumerate(ticks)]
    assert fold(one(ASKED), ticks).finding() == fold(one(ASKED), jumping).finding()


def test_more_errors_than_answers_count_as_all_of_them() -> None:
    guard = one(ASKED).take(tick(counted(2, 5)))
    assert guard.finding().figures[0].now == 1.0


def test_false_alarms_stay_within_the_budget_at_the_limit_itself() -> None:
    """Errors in bursts of half of a second's requests, at the tolerated rate; 1 % is configured."""
    rng, guard = np.random.default_rng(11), one(ASKED)
    limit = guard.finding().figures[0].limit
    assert limit is not None
    runs = 400
    bursts = rng.random((runs, 300)) < limit * 2
    alarms = sum(blocked_after(guard, [tick(counted(50, 25 if b else 0)) for b in row]) is not None for row in bursts)
    assert alarms <= stats.binom.ppf(0.999, runs, 0.01)


def test_bursts_before_make_the_guard_slower_and_not_blind() -> None:
    calm, bursty = BEFORE, replace(BEFORE, tempering=0.25)
    bad = [tick(counted(50, 5))] * 100
    slow, quick = blocked_after(one(ASKED, bursty), bad), blocked_after(one(ASKED, calm), bad)
    assert quick is not None
    assert slow is not None
    assert quick < slow < 60


# --- with a control


def both(new: int, bad: int, old: int, old_bad: int) -> Tick:
    return tick(counted(new, bad), counted(old, old_bad))


@pytest.mark.parametrize(("share", "new", "old"), [(95, 475, 25), (50, 250, 250), (5, 25, 475)])
def test_a_bad_release_is_found_at_every_share(share: int, new: int, old: int) -> None:
    rng = np.random.default_rng(share)
    ticks = [both(new, int(rng.binomial(new, 0.1)), old, int(rng.binomial(old, 0.0005))) for _ in range(120)]
    found = blocked_after(one(ASKED, share=share), ticks)
    assert found is not None
    finding = fold(one(ASKED, share=share), ticks).finding()
    assert "on the old release at the same time" in finding.reason


def test_an_outage_that_hits_both_blocks_only_without_a_control() -> None:
    rng = np.random.default_rng(4)
    outage = [both(450, int(rng.binomial(450, 0.5)), 50, int(rng.binomial(50, 0.5))) for _ in range(60)]
    assert blocked_after(one(ASKED, share=90), outage) is None
    assert blocked_after(one(ASKED), outage) is not None


def test_too_few_errors_to_matter_do_not_block_however_uneven() -> None:
    """One in 2,000 against none at all, for a day."""
    ticks = [both(200, 1 if i % 10 == 0 else 0, 200, 0) for i in range(3000)]
    assert blocked_after(one(ASKED, share=50, seconds=3000.0), ticks) is None


def test_without_the_old_release_there_is_nothing_to_compare_with() -> None:
    guard = fold(one(ASKED, share=90), [tick(counted(450, 200))] * 60)
    assert guard.verdict is Verdict.CANNOT_TELL


def test_an_old_release_without_requests_says_nothing() -> None:
    finding = fold(one(ASKED, share=95), [both(50, 0, 0, 0)] * 60).finding()
    assert finding.verdict is Verdict.CANNOT_TELL


def test_with_a_control_healthy_needs_enough_of_both() -> None:
    many = fold(one(ASKED, share=90), [both(450, 0, 50, 0)] * 60)
    few = fold(one(ASKED, share=90), [both(4, 0, 1, 0)] * 10)
    assert many.verdict is Verdict.ALLOW
    assert few.verdict is Verdict.CANNOT_TELL
    assert "would not have been found yet" in few.finding().reason


def test_a_control_needs_no_release_before() -> None:
    guard = one(ASKED, Baseline(), share=50)
    assert blocked_after(guard, [both(50, 10, 50, 0)] * 60) is not None
