"""Plain rules: what probes, commands and numbers say, and when they say nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluegreen.core.evidence import Reading, Tick
from bluegreen.core.spec import CommandGuard, HttpProbe, JsonValue, Prometheus
from bluegreen.core.verdict import Verdict
from tests.core.ticks import fold, one, read, said

PROBE = HttpProbe("/healthz")
COMMAND = CommandGuard("./after.sh", every=10.0)
DEPTH = JsonValue("http://x", "$.depth", at_most=1000.0, every=1.0)
ORDERS = Prometheus("orders", "http://x", at_least=5.0, at_most=50.0, every=1.0)
BLOCK, ALLOW, UNSURE = Verdict.BLOCK, Verdict.ALLOW, Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ([], UNSURE),
        ([ALLOW], ALLOW),
        ([BLOCK, BLOCK], UNSURE),
        ([BLOCK, BLOCK, ALLOW], ALLOW),
        ([BLOCK, BLOCK, ALLOW, BLOCK], UNSURE),
        ([BLOCK, BLOCK, BLOCK], BLOCK),
        ([BLOCK, BLOCK, BLOCK, ALLOW, ALLOW], BLOCK),
        ([BLOCK, BLOCK, UNSURE, BLOCK], BLOCK),
    ],
)
def test_a_probe_blocks_after_three_failures_without_a_success_between(
    answers: list[Verdict], verdict: Verdict
) -> None:
    assert fold(one(PROBE), [said(PROBE.name, answer) for answer in answers]).verdict is verdict


def test_a_command_blocks_at_once_with_its_words() -> None:
    guard = one(COMMAND).take(said(COMMAND.name, BLOCK, "checkout is broken"))
    assert guard.verdict is BLOCK
    assert guard.finding().reason == "failed: checkout is broken"


def test_a_command_that_cannot_tell_does_not_allow() -> None:
    guard = fold(one(COMMAND), [said(COMMAND.name, UNSURE, "no data yet")] * 5)
    assert guard.verdict is UNSURE
    assert "no data yet" in guard.finding().reason


def test_a_command_that_hangs_takes_back_what_it_said_before() -> None:
    guard = fold(one(COMMAND), [said(COMMAND.name, ALLOW), *[Tick(0.0, 1.0)] * 25])
    assert guard.verdict is ALLOW  # due each 10 s: nothing is missing yet
    late = read(COMMAND.name, Reading(why="no end within 60 s"))
    guard = fold(guard, [late, *[Tick(0.0, 1.0)] * 5])
    assert guard.verdict is UNSURE
    assert guard.finding().reason == "no answer for 31 s: no end within 60 s"


@pytest.mark.parametrize("asked", [PROBE, COMMAND, DEPTH, ORDERS])
@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_what_is_missing_is_never_healthy(asked: HttpProbe, value: float | None) -> None:
    guard = fold(one(asked), [read(asked.name, Reading(value=value, why="connection refused"))] * 100)
    assert guard.verdict is UNSURE
    assert guard.finding().reason == "no answer yet: connection refused"


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([10.0], ALLOW),
        ([5.0, 50.0], ALLOW),
        ([60.0], UNSURE),
        ([60.0, 60.0, 10.0], ALLOW),
        ([60.0, 4.0, 60.0], BLOCK),
        ([60.0, 60.0, math.nan, 60.0], BLOCK),
        ([60.0, 60.0, 60.0, 10.0], BLOCK),
    ],
)
def test_bounds_block_after_three_readings_beyond_them(values: list[float], verdict: Verdict) -> None:
    assert fold(one(ORDERS), [read(ORDERS.name, Reading(value=v)) for v in values]).verdict is verdict


def test_bounds_say_what_was_read_and_what_is_asked_for() -> None:
    finding = fold(one(ORDERS), [read(ORDERS.name, Reading(value=60.0))] * 3).finding()
    assert finding.reason == "60, where at least 5 and at most 50 is asked for, 3 times in a row beyond it"
    assert finding.figures[0].now == 60.0


def test_a_number_that_stops_coming_is_not_healthy_any_more() -> None:
    guard = fold(one(DEPTH), [read(DEPTH.name, Reading(value=10.0)), *[Tick(0.0, 1.0)] * 6])
    assert guard.verdict is UNSURE
    assert guard.finding().reason == "no answer for 6 s"


@given(st.lists(st.sampled_from([BLOCK, ALLOW, UNSURE, None]), max_size=30))
def test_it_never_allows_on_what_was_not_said(answers: list[Verdict | None]) -> None:
    ticks = [Tick(0.0, 1.0) if a is None else said(PROBE.name, a) for a in answers]
    guard = fold(one(PROBE), ticks)
    if guard.verdict is ALLOW:
        assert ALLOW in answers[-6:]
