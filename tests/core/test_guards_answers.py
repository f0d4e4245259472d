"""Guards of sampled answers: what is worse is found, and what is tolerated raises no false alarm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from bluegreen.core.evidence import Answers, Baseline, EventCounts, Reading, Tick
from bluegreen.core.guards.base import Guard
from bluegreen.core.spec import AnswerGuard, Outputs, Streaming, Watch
from bluegreen.core.statistics.answers import Stretch, bound, count_bad, freeze_answers, tolerance
from bluegreen.core.statistics.budget import FOR_THE_TEST
from bluegreen.core.verdict import Verdict
from bluegreen.core.watching import Judging, begin_watching
from tests.core.ticks import BEFORE, blocked_after, fold, one

PARSE = Outputs("parse", "json", 2.0)
LENGTH = Outputs("length", worse_than=0.5)
TTFT = Streaming("ttft_p95", 1.5)
GAP = Streaming("gap_p95", 1.5)
RATE = Streaming("tokens_per_second", 0.7)
BROKEN = Streaming("broken", 2.0)
SECONDS = 120.0
EACH = 10
"""Scored answers a second."""
CHANCE = 0.01
Values = Callable[[np.random.Generator, int], np.ndarray]


def lengths(times: float) -> Values:
    return lambda rng, count: 400 * times * rng.lognormal(0.0, 0.5, count)


def counts(values: np.ndarray) -> Counter[float]:
    return Counter(bound(float(value)) for value in values)


def frozen(guard: AnswerGuard, stretches: Sequence[Stretch]) -> Answers:
    found = freeze_answers(guard, stretches, CHANCE * (1 - FOR_THE_TEST), 1 / (CHANCE * FOR_THE_TEST))
    assert found is not None
    return found


def before_of(guard: AnswerGuard, rng: np.random.Generator, usual: float | Values, minutes: int = 10) -> Baseline:
    """The last minutes of a release whose answers were bad with this chance, or were measured like that."""
    stretches = []
    for _ in range(6 * minutes):
        if callable(usual):
            values = counts(usual(rng, 10 * EACH))
            stretches.append(Stretch(10.0, 10 * EACH, 0, values))
        else:
            stretches.append(Stretch(10.0, 10 * EACH, int(rng.binomial(10 * EACH, usual)), {}))
    return replace(BEFORE, answers={guard.name: frozen(guard, stretches)})


def ticks(
    guard: AnswerGuard,
    known: Baseline,
    rng: np.random.Generator,
    new: float | Values,
    old: float | Values | None = None,
    seconds: int = int(SECONDS),
) -> list[Tick]:
    line = known.answers[guard.name].line if guard.name in known.answers else None

    def bad(how: float | Values | None) -> int:
        if how is None:
            return 0
        if callable(how):
            return count_bad(guard, counts(how(rng, EACH)), line or 0.0)
        return int(rng.binomial(EACH, how))

    per = EACH if old is not None else 0
    return [Tick(0.0, 1.0, events={guard.name: EventCounts(bad(new), EACH, bad(old), per)}) for _ in range(seconds)]


def guard_of(asked: AnswerGuard, known: Baseline, share: int = 100) -> Guard:
    return one(asked, known, share=share, seconds=SECONDS)


@pytest.mark.parametrize(
    ("asked", "usual", "worse"),
    [
        (PARSE, 0.01, 0.3),
        (PARSE, 0.1, 0.4),
        (BROKEN, 0.02, 0.2),
        (LENGTH, lengths(1.0), lengths(0.5)),
        (Outputs("length", worse_than=2.0), lengths(1.0), lengths(2.0)),
        (TTFT, lengths(1.0), lengths(2.5)),
        (GAP, lengths(1.0), lengths(2.5)),
        (RATE, lengths(1.0), lengths(0.6)),
    ],
    ids=lambda value: value.name if isinstance(value, Outputs | Streaming) else None,
)
@pytest.mark.parametrize("share", [100, 50])
def test_what_is_worse_is_found(asked: AnswerGuard, usual: float | Values, worse: float | Values, share: int) -> None:
    rng = np.random.default_rng(5)
    known = before_of(asked, rng, usual)
    old = usual if share < 100 else None
    good = fold(guard_of(asked, known, share), ticks(asked, known, rng, usual, old))
    assert good.verdict is Verdict.ALLOW, good.finding().reason
    found = fold(guard_of(asked, known, share), ticks(asked, known, rng, worse, old))
    assert found.verdict is Verdict.BLOCK, found.finding().reason
    assert not found.finding().alerts_only


@pytest.mark.parametrize(
    ("asked", "usual", "tolerated"),
    [
        (PARSE, 0.02, 0.04),
        (LENGTH, lengths(1.0), lengths(tolerance(LENGTH))),
        (TTFT, lengths(1.0), lengths(1.5)),
        (GAP, lengths(1.0), lengths(1.5)),
        (RATE, lengths(1.0), lengths(tolerance(RATE))),
    ],
    ids=["parse", "length", "ttft", "gap", "rate"],
)
def test_what_is_just_tolerated_raises_hardly_ever_an_alarm(
    asked: AnswerGuard, usual: float | Values, tolerated: float | Values
) -> None:
    """At the limit of what the file says; a release that is no worse than before is far from it."""
    runs, alarms = 150, 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        known = before_of(asked, rng, usual, minutes=5)
        alarms += blocked_after(guard_of(asked, known), ticks(asked, known, rng, tolerated)) is not None
    assert alarms <= 6, "more than 6 of 150 by chance: less than once in 1,000 times at 1 %"


def test_a_shared_cause_fools_nobody_who_has_a_control() -> None:
    rng = np.random.default_rng(1)
    known = before_of(PARSE, rng, 0.01)
    found = fold(guard_of(PARSE, known, 50), ticks(PARSE, known, rng, 0.4, 0.4))
    assert found.verdict is not Verdict.BLOCK


def test_equal_lengths_that_halve_are_found() -> None:
    rng = np.random.default_rng(1)
    known = before_of(LENGTH, rng, lambda rng, count: np.full(count, 200.0))
    guard = guard_of(LENGTH, known)
    assert blocked_after(guard, ticks(LENGTH, known, rng, lambda rng, count: np.full(count, 100.0))) is not None
    assert fold(guard, ticks(LENGTH, known, rng, lambda rng, count: np.full(count, 150.0))).verdict is Verdict.ALLOW


def test_without_anything_to_compare_with_it_cannot_tell_but_by_a_bound_of_its_own() -> None:
    rng = np.random.default_rng(1)
    for asked in (PARSE, LENGTH, TTFT, RATE, BROKEN):
        found = fold(guard_of(asked, BEFORE), ticks(asked, BEFORE, rng, 0.9))
        assert found.verdict is Verdict.CANNOT_TELL
        assert "nothing to compare with" in found.finding().reason
    fixed = Outputs("parse", "json", None, at_most=0.05)
    assert fold(guard_of(fixed, BEFORE), ticks(fixed, BEFORE, rng, 0.01)).verdict is Verdict.ALLOW
    assert fold(guard_of(fixed, BEFORE), ticks(fixed, BEFORE, rng, 0.3)).verdict is Verdict.BLOCK


def test_nothing_scored_is_never_healthy() -> None:
    rng = np.random.default_rng(1)
    known = before_of(PARSE, rng, 0.01)
    guard = fold(guard_of(PARSE, known), ticks(PARSE, known, rng, 0.0))
    assert guard.verdict is Verdict.ALLOW
    why = "the scorer of answers ended"
    silent = [Tick(0.0, 1.0, readings={PARSE.name: Reading(why=why)}, events={PARSE.name: EventCounts(0, 0, 0, 0)})]
    dead = fold(guard, silent * 10)
    assert dead.verdict is Verdict.CANNOT_TELL
    assert why in dead.finding().reason
    nobody = fold(guard, [Tick(0.0, 1.0, events={PARSE.name: EventCounts(0, 0, 0, 0)})] * 60)
    assert nobody.verdict is Verdict.CANNOT_TELL


def test_a_bound_of_its_own_compares_with_nobody() -> None:
    """So that the standby is probed before going back, also while both releases have users."""
    for asked, compared in ((PARSE, True), (Outputs("parse", "json", None, at_most=0.05), False)):
        rng = np.random.default_rng(1)
        known = before_of(asked, rng, 0.01)
        judging = Judging(Watch(guards=(asked,)), 50, SECONDS, SECONDS, 1, sticky=True)
        watching = begin_watching(1, judging, known, 0.0).take(ticks(asked, known, rng, 0.5, 0.01))
        assert watching.verdict is Verdict.BLOCK
        assert watching.is_compared is compared
