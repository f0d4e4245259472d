"""Which guards a stage has, how requests are split, and what all guards have in common."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.core.evidence import Baseline, Counted, EventCounts, Reading, Tick
from bluegreen.core.guards.base import Guard as GuardT
from bluegreen.core.guards.factory import begin
from bluegreen.core.spec import (
    CommandGuard,
    ErrorRate,
    EventRatio,
    Guard,
    HttpProbe,
    JsonValue,
    Latency,
    Prometheus,
    Watch,
)
from bluegreen.core.verdict import Verdict
from tests.core.ticks import BEFORE, SLOW, counted, fold, tick

EVERY: tuple[Guard, ...] = (
    ErrorRate(),
    Latency(((0.95, 1.5),)),
    HttpProbe("/healthz"),
    Prometheus("orders", "http://x", worse_than=0.9),
    Prometheus("queue", "http://x", at_most=10.0),
    CommandGuard("./after.sh"),
    JsonValue("http://x", "$.depth", at_most=10.0),
    EventRatio("purchase", "visit"),
)
WATCH = Watch(duration=60.0, guards=EVERY)
ALL_KNOWN = replace(
    BEFORE, thresholds=(SLOW,), values={EVERY[3].name: (5.0,) * 30}, events={EVERY[7].name: (1000, 10_000)}
)


@pytest.mark.parametrize(("share", "sticky", "more"), [(100, False, 0), (95, False, 1), (95, True, 0), (0, False, 0)])
def test_a_stage_has_a_guard_for_each_and_one_for_the_split(share: int, sticky: bool, more: int) -> None:
    guards = begin(WATCH, ALL_KNOWN, share, 60.0, 1, sticky=sticky)
    assert [g.name for g in guards] == [*(asked.name for asked in EVERY), *["split"] * more]


def test_the_budget_is_shared_out_over_statistical_guards_and_stages() -> None:
    def alarm_at(stages: int) -> list[float]:
        found = [g.finding().alarm_at for g in begin(WATCH, ALL_KNOWN, 50, 60.0, stages)]
        return [at for at in found[:-1] if at is not None]

    assert len(alarm_at(1)) == 4  # errors, times, the number against before, events
    assert sum(1 / at for at in alarm_at(1)) < WATCH.false_alarm
    assert alarm_at(3) == pytest.approx([3 * at for at in alarm_at(1)])


READINGS = st.one_of(
    st.builds(Reading),
    st.builds(Reading, value=st.floats(allow_nan=True, allow_infinity=True)),
    st.builds(Reading, verdict=st.sampled_from(Verdict)),
)
COUNTS = st.builds(
    Counted,
    arrived=st.integers(0, 1000),
    answered=st.integers(0, 1000),
    errors=st.integers(0, 1000),
    timed=st.integers(0, 1000),
    slow=st.one_of(st.just(()), st.tuples(st.integers(0, 1000))),
    waiting=st.integers(0, 1000),
)
TICKS = st.lists(
    st.builds(
        Tick,
        at=st.floats(0, 1e10),
        span=st.floats(0.0, 120.0),
        new=st.none() | COUNTS,
        old=st.none() | COUNTS,
        readings=st.dictionaries(st.sampled_from([asked.name for asked in EVERY]), READINGS),
        events=st.dictionaries(
            st.just(EVERY[7].name), st.builds(EventCounts, *[st.integers(0, 1000) for _ in range(4)])
        ),
        missing=st.sampled_from(["", "no answer"]),
    ),
    max_size=25,
)


@given(TICKS, st.sampled_from([5, 50, 95, 100]), st.sampled_from([Baseline(), ALL_KNOWN]))
def test_guards_take_whatever_comes_and_their_words_agree_with_their_verdicts(
    ticks: list[Tick], share: int, baseline: Baseline
) -> None:
    guards = begin(WATCH, baseline, share, 60.0, 2)
    blocked = set()
    for each in ticks:
        guards = tuple(guard.take(each) for guard in guards)
        for guard in guards:
            finding = guard.finding()
            assert finding.verdict is guard.verdict
            assert finding.guard == guard.name
            assert finding.reason
            assert finding.evidence is None or 0.0 <= finding.evidence < float("inf")
            assert guard.name not in blocked or guard.verdict is Verdict.BLOCK
            blocked |= {guard.name} if guard.verdict is Verdict.BLOCK else set()


@given(TICKS)
def test_the_same_ticks_give_the_same_view(ticks: list[Tick]) -> None:
    one, two = ([fold(guard, ticks).finding() for guard in begin(WATCH, ALL_KNOWN, 95, 60.0, 1)] for _ in range(2))
    assert repr(one) == repr(two)


@pytest.mark.parametrize("share", [5, 50, 95, 100])
def test_nothing_at_all_is_healthy_without_evidence(share: int) -> None:
    guards = begin(WATCH, ALL_KNOWN, share, 60.0, 1, sticky=True)
    for _ in range(100):
        guards = tuple(guard.take(tick(None)) for guard in guards)
        assert all(guard.verdict is Verdict.CANNOT_TELL for guard in guards)


# --- the split


def split(share: int, new: int, old: int, ticks: int = 60) -> GuardT:
    [guard] = [g for g in begin(WATCH, ALL_KNOWN, share, 60.0, 1) if g.name == "split"]
    return fold(guard, [tick(counted(new), counted(old))] * ticks)


def test_a_split_as_asked_for_is_healthy() -> None:
    rng = np.random.default_rng(1)
    [guard] = [g for g in begin(WATCH, ALL_KNOWN, 95, 60.0, 1) if g.name == "split"]
    for _ in range(600):
        new = int(rng.binomial(500, 0.95))
        guard = guard.take(tick(counted(new), counted(500 - new)))
    assert guard.verdict is Verdict.ALLOW
    assert guard.finding().reason.startswith("the new release got 95 % of 300,000 requests")


def test_a_split_otherwise_than_asked_for_is_never_a_regression_and_never_healthy() -> None:
    guard = split(50, 60, 40)
    assert guard.verdict is Verdict.CANNOT_TELL
    assert "the new release got 60 % of 6,000 requests, where 50 % was asked for" in guard.finding().reason


def test_a_side_that_gets_nothing_is_noticed() -> None:
    assert split(95, 100, 0).verdict is Verdict.CANNOT_TELL
    assert split(5, 0, 100).verdict is Verdict.CANNOT_TELL


def test_where_nothing_is_wrong_with_the_split_it_has_no_say() -> None:
    assert split(95, 2, 0, ticks=10).verdict is Verdict.ALLOW
    assert split(95, 0, 0).finding().reason == "no request was seen yet"
