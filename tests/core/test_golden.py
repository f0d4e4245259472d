"""What follows from the answers to a golden set."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bluegreen.core.golden import Pairs, fewest, judge
from bluegreen.core.golden_cases import GoldenCase, Outcome, Told, flaws, outcome
from bluegreen.core.measures import Measure
from bluegreen.core.spec import Golden
from bluegreen.core.verdict import Verdict

GOOD, BAD, UNTOLD = Outcome(True), Outcome(False, "wrong"), Outcome(None, "no judge")
ALLOW, BLOCK, CANNOT_TELL = Verdict.ALLOW, Verdict.BLOCK, Verdict.CANNOT_TELL
CHECK = Golden("golden.jsonl", "/", passing=0.98)


def new(good: int = 0, bad: int = 0, untold: int = 0) -> list[Outcome]:
    return [GOOD] * good + [BAD] * bad + [UNTOLD] * untold


@pytest.mark.parametrize(
    ("outcomes", "verdict", "reason"),
    [
        (new(100), ALLOW, "100 of 100 cases pass (100 %; 98 % are asked for); there is no live release"),
        (new(98, 2), ALLOW, "98 of 100 cases pass (98 %"),
        (new(97, 3), BLOCK, "97 of 100 cases pass (97 %"),
        (new(1999, 41), BLOCK, "1999 of 2040 cases pass (97.9 %"),
        (new(98, 0, 2), ALLOW, "98 of 100"),
        (new(97, 0, 3), CANNOT_TELL, "97 of 100 cases pass (97 %; 98 % are asked for), and 3 could not be told"),
        (new(97, 2, 1), CANNOT_TELL, "and 1 could not be told"),
        (new(96, 3, 1), BLOCK, "96 of 100"),
        (new(0, 0, 5), CANNOT_TELL, "0 of 5"),
    ],
)
def test_enough_cases_have_to_pass(outcomes: Sequence[Outcome], verdict: Verdict, reason: str) -> None:
    found = judge(CHECK, outcomes, None)
    assert found.verdict is verdict
    assert reason in found.reason


def test_all_of_them_means_all() -> None:
    check = Golden("x", "/")
    assert judge(check, new(1000), None).verdict is ALLOW
    assert judge(check, new(999, 1), None).verdict is BLOCK


@given(st.integers(0, 300), st.integers(0, 300))
def test_the_chance_is_that_of_scipy(only_live: int, only_new: int) -> None:
    found = Pairs(1000, only_live, only_new).p
    if only_live + only_new == 0:
        assert found == 1
    else:
        expected = stats.binomtest(only_live, only_live + only_new, 0.5, alternative="greater").pvalue
        assert found == pytest.approx(expected, rel=1e-9)


def test_a_release_that_is_worse_than_the_live_one_is_blocked_above_the_threshold() -> None:
    check = Golden("x", "/", passing=0.9)
    outcomes, live = [GOOD] * 92 + [BAD] * 8, [GOOD] * 100
    assert judge(check, outcomes, None).verdict is ALLOW
    found = judge(check, outcomes, live, "r7")
    assert found.verdict is BLOCK
    assert "worse than r7, which is live: 8 pass only there, 0 only here (p = 0.004)" in found.reason
    same = judge(check, outcomes, outcomes, "r7")
    assert same.verdict is ALLOW
    assert "no worse than r7, which is live: 0 pass only there, 0 only here (p = 1.00)" in same.reason


def test_a_live_release_that_is_worse_helps_nobody_over_the_threshold() -> None:
    assert judge(CHECK, new(50, 50), [BAD] * 100, "r7").verdict is BLOCK


def test_too_few_cases_compare_with_nothing_and_that_is_said() -> None:
    check = Golden("x", "/", passing=0.1)
    assert fewest(0.01) == 7
    found = judge(check, new(2, 4), [GOOD] * 6, "r7")
    assert found.verdict is ALLOW
    assert (
        "6 cases compared with r7, which is live, and fewer than 7 show nothing: only the share counts" in found.reason
    )
    assert judge(check, new(1, 7), [GOOD] * 8, "r7").verdict is BLOCK


def test_what_the_live_release_does_not_tell_is_not_compared() -> None:
    check = Golden("x", "/", passing=0.1)
    found = judge(check, new(20, 20), [UNTOLD] * 40, "r7")
    assert found.verdict is ALLOW
    assert found.pairs == Pairs(0, 0, 0)
    assert "only the share counts" in found.reason


def test_what_could_hide_a_worse_release_cannot_be_told() -> None:
    check = Golden("x", "/", passing=0.5)
    found = judge(check, [GOOD] * 30 + [UNTOLD] * 10, [GOOD] * 40, "r7")
    assert found.verdict is CANNOT_TELL
    assert "without them it may be worse than r7" in found.reason
    assert judge(check, [GOOD] * 38 + [UNTOLD] * 2, [GOOD] * 40, "r7").verdict is ALLOW


@given(st.lists(st.sampled_from([GOOD, BAD, UNTOLD]), min_size=1, max_size=60), st.randoms(), st.floats(0.01, 1))
def test_telling_what_could_not_be_told_never_contradicts(
    outcomes: list[Outcome], chance: random.Random, passing: float
) -> None:
    """Whatever the cases that could not be told would have been: a yes or a no stays as it was."""
    check = Golden("x", "/", passing=passing)
    live = [chance.choice([GOOD, BAD, UNTOLD]) for _ in outcomes]
    for compared in (None, live):
        verdict = judge(check, outcomes, compared, "r7").verdict
        told = [chance.choice([GOOD, BAD]) if one is UNTOLD else one for one in outcomes]
        later = judge(check, told, compared, "r7").verdict
        assert later is not CANNOT_TELL
        if verdict is ALLOW:
            assert later is ALLOW


def test_false_alarms_stay_below_what_is_promised() -> None:
    """Two releases that are alike, each wrong in one answer of ten: blocked by the comparison in under 1 % of runs."""
    chance, check = random.Random(5), Golden("x", "/", passing=0.01)
    blocked = 0
    for _ in range(3000):
        sides = [[GOOD if chance.random() < 0.9 else BAD for _ in range(200)] for _ in range(2)]
        blocked += judge(check, sides[0], sides[1], "r7").verdict is BLOCK
    assert blocked <= 30


# --- one answer

TONE = Measure("tone", "command", {"run": "x"})


def passes(answered: int = 200, expect: Any = None, told: Any = None, **check: Any) -> Outcome:
    golden = Golden("x", "/", measures=(TONE, Measure("near", "meaning")), **check)
    case = GoldenCase("a", 1, "POST", "/", expect=expect or {}, status=check.get("status"), reference="y")
    return outcome(golden, case, answered, {name: Told(*one) for name, one in (told or {}).items()})


def test_the_status_has_to_be_right() -> None:
    assert passes(204, {"exact": "y"}, {"exact": (1.0,)}) == Outcome(True)
    assert passes(500, {"exact": "y"}, {"exact": (1.0,)}) == Outcome(False, "status 500")
    assert passes(302) == Outcome(False, "status 302")
    assert passes(404, status=404).passed is True
    assert passes(200, status=404).passed is False


def test_every_measure_has_to_give_1() -> None:
    expect = {"exact": "y", "tone": None}
    assert passes(expect=expect, told={"exact": (1.0,), "tone": (1.0,)}).passed is True
    assert passes(expect=expect, told={"exact": (1.0,), "tone": (0.9,)}) == Outcome(False, "tone: 0.90")
    assert passes(expect=expect, told={"exact": (1.0,), "tone": (None, "crashed")}) == Outcome(None, "tone: crashed")
    assert passes(expect=expect, told={"exact": (0.0, "another"), "tone": (None, "crashed")}).passed is False
    assert passes(expect=expect, told={"exact": (1.0,)}).passed is None


def test_the_expression_has_to_hold() -> None:
    score = "similar >= 0.8 or tone >= 1"
    assert passes(told={"similar": (0.9,), "tone": (None, "")}, score=score).passed is True
    assert passes(told={"similar": (0.7, "far"), "tone": (None, "crashed")}, score=score) == Outcome(
        None, "similar 0.70 (far), tone cannot be told (crashed)"
    )
    assert passes(told={"similar": (0.7, ""), "tone": (0.0, "rude")}, score=score) == Outcome(
        False, "similar 0.70, tone 0.00 (rude)"
    )
    # What the expression looks at need not be 1.
    assert passes(expect={"tone": 1}, told={"tone": (0.6,)}, score="tone >= 0.5").passed is True


def test_advice_never_decides() -> None:
    expect = {"exact": "y", "near": "y"}
    assert passes(expect=expect, told={"exact": (1.0,), "near": (0.0, "far")}).passed is True
    assert passes(expect=expect, told={"exact": (0.0,), "near": (1.0,)}).passed is False
    assert passes(expect=expect, told={"exact": (1.0,), "near": (None, "no model")}).passed is True


def test_what_could_never_be_judged_is_found_before() -> None:
    golden = Golden("x", "/", score="similar >= 0.8", measures=(TONE,), advice=("gone",))
    found = list(flaws(golden, GoldenCase("a", 1, "POST", "/", expect={"refusal": False})))
    assert found == [
        "`similar` has nothing to compare with: write what is right as `expect`",
        "there is no measure `gone`",
    ]
