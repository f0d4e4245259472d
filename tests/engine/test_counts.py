"""From ever-growing counters to what happened in between."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bluegreen.core.evidence import Counted, Threshold
from bluegreen.core.model import AppState, Color, Traffic
from bluegreen.core.spec import Component
from bluegreen.engine.counts import Totals, counted_between, times_between, totals
from bluegreen.routers.base import Measured, Measurement
from tests.engine.harness import Machine, spec
from tests.engine.virtual_time import run

BEFORE = Totals(arrived=100, answered=90, errors=5, waiting=10, times={0.1: 50, 0.2: 40})
TWO = (Component("web", "run $PORT", receives=("/",)), Component("api", "run $PORT", receives=("/api",)))
SLOW = Threshold(quantile=0.95, factor=1.5, before=0.1, seconds=0.2, share=0.05)


def test_what_has_grown_is_counted() -> None:
    after = Totals(arrived=130, answered=125, errors=7, waiting=5, times={0.1: 60, 0.2: 50, 0.4: 15})
    counted = counted_between(BEFORE, after, (SLOW, replace(SLOW, seconds=0.1)))
    assert counted == Counted(arrived=30, answered=35, errors=2, timed=35, slow=(15, 25), waiting=5)


def test_nothing_that_happened_is_zero_and_not_missing() -> None:
    assert counted_between(BEFORE, BEFORE, (SLOW,)) == Counted(0, 0, 0, timed=0, slow=(0,), waiting=10)


def test_every_counter_that_goes_backwards_is_missing_and_never_zero() -> None:
    for what in ("arrived", "answered", "errors"):
        grown = Totals(arrived=200, answered=190, errors=105, times={0.1: 150, 0.2: 140})
        assert counted_between(BEFORE, replace(grown, **{what: 1}), ()) is None, what
    assert times_between({0.1: 50, 0.2: 40}, {0.1: 49, 0.2: 400}) is None
    assert times_between({0.1: 50, 0.2: 40}, {0.1: 51}) is None, "a bucket that is gone"


def test_an_error_that_nobody_answered_is_no_more_than_all() -> None:
    counted = counted_between(Totals(), Totals(arrived=10, answered=0, errors=10), ())
    assert counted is not None
    assert (counted.answered, counted.errors) == (10, 10)


def test_a_bound_that_is_the_threshold_up_to_rounding_is_not_slow() -> None:
    counted = counted_between(Totals(), Totals(times={0.1 + 0.2: 5}), (replace(SLOW, seconds=0.3),))
    assert counted is not None
    assert counted.slow == (0,)


def two_components(tmp_path: Path) -> AppState:
    async def life(machine: Machine) -> AppState:
        controller = await machine.controller()
        await controller.live(spec(components=TWO))
        return controller.state

    return run(life(Machine(tmp_path)))


def test_the_components_that_users_reach_are_added_up(tmp_path: Path) -> None:
    state = two_components(tmp_path)
    web = Measured(Traffic(requests=10, failed=1, active=2, answered=8), {0.1: 8})
    api = Measured(Traffic(requests=5, failed=2, active=1, answered=4), {0.1: 3, 0.5: 1})
    known = {"shop/blue/1/web": web, "shop/blue/1/api": api, "shop/blue/7/web": web, "other/blue/1/web": web}
    found = totals(Measurement(0.0, known), state, Color.BLUE)
    assert found == Totals(arrived=15, answered=12, errors=3, waiting=3, times={0.1: 11, 0.5: 1})


def test_an_environment_of_which_a_part_is_unknown_is_unknown(tmp_path: Path) -> None:
    state = two_components(tmp_path)
    web = Measured(Traffic(requests=10), {})
    assert totals(Measurement(0.0, {"shop/blue/1/web": web}), state, Color.BLUE) is None
    assert totals(Measurement(0.0, {}), state, Color.BLUE) is None
    assert totals(Measurement(0.0, {"shop/green/1/web": web}), state, Color.GREEN) is None, "nothing runs there"
