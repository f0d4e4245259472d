"""What follows from compared answers, and what the test behind it guarantees."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bluegreen.core.shadow import Tally, is_worse, judge, smallest_found
from bluegreen.core.spec import ShadowCheck
from bluegreen.core.statistics.mcnemar import THETAS, finds, log_evidence
from bluegreen.core.verdict import Verdict

CHECK = ShadowCheck(share=10.0)
COUNTS = st.integers(0, 2000)


@given(COUNTS, COUNTS)
def test_the_evidence_is_the_mean_of_likelihood_ratios(b: int, c: int) -> None:
    ratios = [stats.binom.logpmf(b, b + c, theta) - stats.binom.logpmf(b, b + c, 0.5) for theta in THETAS]
    assert log_evidence(b, c) == pytest.approx(np.logaddexp.reduce(ratios) - math.log(len(THETAS)), abs=1e-6, rel=1e-9)


@given(st.integers(0, 200), st.integers(0, 200), st.floats(0, 0.5))
def test_no_evidence_is_expected_of_a_release_that_differs_no_more_often(b: int, c: int, chance: float) -> None:
    """The condition of Ville's inequality: given the past, the capital does not grow on average."""
    after = chance * math.exp(log_evidence(b + 1, c) - log_evidence(b, c))
    after += (1 - chance) * math.exp(log_evidence(b, c + 1) - log_evidence(b, c))
    assert after <= 1 + 1e-9


def test_the_chance_of_ever_stopping_is_exactly_bounded() -> None:
    """Every sequence of 400 differing pairs, by dynamic programming: the chance of reaching 1/α is at most α."""
    alarm = math.log(100)
    alive = np.array([1.0])
    stopped = 0.0
    for pairs in range(1, 401):
        alive = (np.append(alive, 0.0) + np.append(0.0, alive)) / 2
        over = np.array([log_evidence(b, pairs - b) >= alarm for b in range(pairs + 1)])
        stopped += alive[over].sum()
        alive[over] = 0.0
    assert 0.001 < stopped <= 0.01


@given(COUNTS, st.integers(0, 200), st.integers(0, 200))
def test_what_would_be_found_is_found(same: int, b: int, c: int) -> None:
    share = finds(same, b, c, 100.0)
    noise = (b + c) / 2
    if share is None:
        assert log_evidence(noise + same, 0.0) < math.log(100.0)
        return
    assert 0 < share <= 1
    assert log_evidence(noise + share * same, noise - share * noise) >= math.log(100.0)
    assert finds(2 * same, 2 * b, 2 * c, 100.0) <= share + 0.001  # type: ignore[operator]


def test_a_release_that_differs_is_blocked_with_the_counts() -> None:
    tally = Tally(same=377, new_only=35, live_only=1)
    assert is_worse(CHECK, tally)
    verdict, reason = judge(CHECK, tally, "r11", "r12")
    assert verdict is Verdict.BLOCK
    assert reason == "r12 alone answered 35 requests of 413 differently; r11, asked twice, 1"


def test_noise_on_both_sides_is_no_reason_to_block() -> None:
    verdict, reason = judge(CHECK, Tally(same=480, new_only=210, live_only=205, both=105), "r11", "r12")
    assert verdict is Verdict.ALLOW
    assert reason.startswith("1000 answers compared: r12 differs from r11 no more often than r11 from itself (31%)")


@pytest.mark.parametrize(
    ("tally", "said"),
    [
        (Tally(), "no copies of users' requests came"),
        (Tally(unanswered=7), "r1 answered none of 7"),
        (Tally(dropped=9), "9 could not be asked about"),
        (Tally(same=5), "not even a release that has changed every answer"),
        (Tally(same=20), "found that has changed 44% of its answers, and 20% must be"),
        (Tally(same=15, both=4000), "too few answers (4015)"),
    ],
)
def test_too_little_is_never_a_yes(tally: Tally, said: str) -> None:
    verdict, reason = judge(CHECK, tally, "r1", "r2")
    assert verdict is Verdict.CANNOT_TELL
    assert said in reason


def test_how_much_is_enough_is_for_the_file_to_say() -> None:
    tally = Tally(same=60)
    assert judge(CHECK, tally, "r1", "r2")[0] is Verdict.ALLOW
    assert judge(replace(CHECK, must_find=0.01), tally, "r1", "r2")[0] is Verdict.CANNOT_TELL
    assert smallest_found(CHECK, tally) == pytest.approx(0.146, abs=0.001)


def test_answers_that_were_all_refused_are_told_of() -> None:
    verdict, reason = judge(CHECK, Tally(same=100, refused=100), "r1", "r2")
    assert verdict is Verdict.ALLOW
    assert reason.endswith("100% of them were answered 401 or 403")


def test_tallies_add_up() -> None:
    one = Tally(1, 2, 3, 4, 5, 6, 7)
    assert one + one == Tally(2, 4, 6, 8, 10, 12, 14)
    assert one.compared == 10


def test_what_copies_do_not_have() -> None:
    assert CHECK.removed == ("authorization", "cookie", "proxy-authorization", "x-api-key")
    assert replace(CHECK, credentials=True, without=("x-a",)).removed == ("x-a",)
    assert replace(CHECK, without=("cookie", "x-a")).removed[-2:] == ("x-api-key", "x-a")
