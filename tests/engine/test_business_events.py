"""Counting what users did: by run, bounded, forgotten with the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from bluegreen.core.errors import InvalidInput
from bluegreen.core.model import Color
from bluegreen.engine.business_events import MOST_NAMES, BusinessEvents
from tests.engine.harness import APP, Machine
from tests.engine.virtual_time import run

BLUE, GREEN = (Color.BLUE, 1), (Color.GREEN, 2)


def test_each_run_has_counts_of_its_own() -> None:
    events = BusinessEvents()
    assert events.count("shop", BLUE, {"visit": 3, "purchase": 1}) == 4
    events.count("shop", BLUE, {"visit": 2})
    events.count("shop", GREEN, {"visit": 7})
    events.count("other", BLUE, {"visit": 100})
    assert events.totals("shop", *BLUE) == {"visit": 5, "purchase": 1}
    assert events.totals("shop", *GREEN) == {"visit": 7}
    assert events.totals("shop", Color.BLUE, 3) == {}
    assert events.totals("nobody", *BLUE) == {}


def test_totals_are_a_reading_and_do_not_change_afterwards() -> None:
    events = BusinessEvents()
    events.count("shop", BLUE, {"visit": 1})
    before = events.totals("shop", *BLUE)
    events.count("shop", BLUE, {"visit": 1})
    assert (before["visit"], events.totals("shop", *BLUE)["visit"]) == (1, 2)


def test_a_batch_with_too_many_names_counts_nothing_and_known_names_go_on() -> None:
    events = BusinessEvents()
    events.count("shop", BLUE, {"visit": 1})
    events.count("shop", GREEN, {f"name{n}": 1 for n in range(MOST_NAMES - 1)})
    with pytest.raises(InvalidInput) as refused:
        events.count("shop", GREEN, {"visit": 1, "purchase.4711": 1})
    assert "without ids" in refused.value.cure
    assert "visit" not in events.totals("shop", *GREEN)
    events.count("shop", GREEN, {"visit": 5})
    assert events.totals("shop", *GREEN)["visit"] == 5
    events.count("other", GREEN, {"purchase.4711": 1})  # the limit is each application's own


def test_what_is_forgotten_gives_its_names_free() -> None:
    events = BusinessEvents()
    events.count("shop", BLUE, {f"name{n}": 1 for n in range(MOST_NAMES)})
    events.count("shop", GREEN, {"name1": 1})
    events.keep_only("shop", {GREEN, ("shared", 1)})
    assert events.totals("shop", *BLUE) == {}
    events.count("shop", GREEN, {"another": 1})
    assert events.totals("shop", *GREEN) == {"name1": 1, "another": 1}
    events.keep_only("shop", [])
    assert events.totals("shop", *GREEN) == {}


def test_the_engine_forgets_runs_that_are_gone(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await machine.controller()
        await controller.live()
        events = controller.engine.services.business_events
        first = controller.state.live
        assert first is not None
        events.count(APP, (first, 1), {"visit": 1})
        await controller.live()
        await controller.rest(30.0)
        assert events.totals(APP, first, 1) == {"visit": 1}, "the standby still reports"
        await controller.rest(600.0)
        assert controller.state.environments[first].release is None
        assert events.totals(APP, first, 1) == {}

    run(life(Machine(tmp_path)))
