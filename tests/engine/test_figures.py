"""What an environment did in a second or two, and a quarter of an hour of it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bluegreen.core import events as e
from bluegreen.core.model import Color, Kind
from bluegreen.engine.counts import Totals
from bluegreen.engine.figures import Figures, Point, figures_between, packed, unpacked
from bluegreen.engine.figures_history import AT_REST, KEPT
from bluegreen.engine.marks import Marks
from bluegreen.journal.base import Entry
from tests.engine.harness import APP, Machine
from tests.engine.watched import live_for, lived, used

NOTHING = Totals()


def after(**changes: Any) -> Totals:
    return replace(NOTHING, **changes)


def test_rates_are_by_the_time_that_has_passed() -> None:
    found = figures_between(after(arrived=100, errors=5), after(arrived=150, answered=40, errors=15, waiting=3), 2.0)
    assert found == Figures(rps=25.0, errors=5.0, active=3)


def test_quantiles_are_in_milliseconds_and_of_that_time_only() -> None:
    before = after(times={0.1: 1000})
    found = figures_between(before, after(times={0.1: 1000, 0.01: 98, 0.02: 2}), 1.0)
    assert found is not None
    assert found.p50 == pytest.approx(9.5, rel=0.06)
    assert found.p95 == pytest.approx(10.0, rel=0.06)
    assert found.p99 == pytest.approx(19.0, rel=0.06)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (after(arrived=5), after(arrived=4), None),
        (after(times={0.1: 2}), after(times={0.1: 1}), None),
        (NOTHING, NOTHING, Figures(0.0, 0.0, 0, None, None, None)),
    ],
    ids=["counters that began anew", "times that began anew", "nothing came: no time is known"],
)
def test_what_is_not_known_is_none(before: Totals, now: Totals, expected: Figures | None) -> None:
    assert figures_between(before, now, 1.0) == expected


def test_so_many_who_were_never_answered_are_no_time() -> None:
    found = figures_between(NOTHING, after(times={0.01: 97, 86400.0: 3}), 1.0)
    assert found is not None
    assert found.p95 is not None
    assert found.p99 is None


@pytest.mark.parametrize(
    "environments",
    [(None, None), (Figures(1.5, 0.0, 2), None), (None, Figures(0.0, 0.5, 0, 1.5, 2.5, 86.25))],
)
def test_what_is_kept_is_what_was(environments: tuple[Figures | None, Figures | None]) -> None:
    assert unpacked(packed(Point(1_700_000_000.25, environments))) == Point(1_700_000_000.25, environments)


def test_unfollowed_there_is_a_point_every_ten_seconds_and_followed_each_second(tmp_path: Path) -> None:
    async def life(machine: Machine) -> None:
        controller = await live_for(machine)
        figures = controller.engine.live.figures
        async with used(machine):
            await controller.rest(100.0)
            gaps = [b.at - a.at for a, b in itertools.pairwise(figures.points(APP, 95.0))]
            assert gaps
            assert all(gap >= AT_REST for gap in gaps)
            with controller.engine.pulse.followed(), figures.followed(APP):
                await controller.rest(30.0)
            close = figures.points(APP, 25.0)
            assert len(close) >= 24
            assert {point.environments[1] for point in close} == {None}
            assert all(p.environments[0] and p.environments[0].rps == pytest.approx(200, rel=0.3) for p in close)
            await controller.rest(2 * KEPT)
            assert figures.points(APP, KEPT)[0].at >= machine.clock() - KEPT - AT_REST
            assert len(figures.points(APP, 10 * KEPT)) <= KEPT / AT_REST + 2

    lived(life, tmp_path)


def told(*events: tuple[e.Event, str]) -> list[tuple[str, dict[str, int]]]:
    marks = Marks()
    marks.take([Entry(n, "shop", float(n), actor, "", event) for n, (event, actor) in enumerate(events, 1)])
    return [(mark.kind, mark.as_json()["shares"]) for mark in marks.since(0.0)]


def moved(epoch: int, blue: int, green: int, deployment: int | None = None) -> tuple[e.Event, str]:
    return e.RouteConfirmed(epoch, {Color.BLUE: blue, Color.GREEN: green}, 0.01, deployment=deployment), "bluegreen"


def back(number: int, actor: str) -> tuple[e.Event, str]:
    return e.DeploymentRequested(number, 1, Kind.ROLLBACK, Color.BLUE, instant=True), actor


BLUE, GREEN, HALF = {"blue": 100, "green": 0}, {"blue": 0, "green": 100}, {"blue": 50, "green": 50}


def test_moves_are_told_apart() -> None:
    assert told(moved(1, 100, 0, 1), moved(2, 50, 50, 2), moved(3, 0, 100, 2)) == [
        ("first", BLUE),
        ("shift", HALF),
        ("switch", GREEN),
    ]
    assert told(moved(1, 100, 0, 1), moved(2, 0, 100, 2), back(3, "alice"), moved(3, 100, 0, 3))[-1] == (
        "rollback",
        BLUE,
    )
    assert told(moved(1, 100, 0, 1), moved(2, 0, 100, 2), back(3, "bluegreen"), moved(3, 100, 0, 3))[-1] == (
        "failover",
        BLUE,
    )
    taken_back = (e.RollbackStarted(2), "bluegreen")
    assert told(moved(1, 100, 0, 1), moved(2, 50, 50, 2), taken_back, moved(3, 100, 0, 2))[-1] == ("rollback", BLUE)


def test_what_moves_nobody_is_no_mark() -> None:
    assert told(moved(1, 100, 0, 1), moved(2, 100, 0), moved(3, 0, 0)) == [("first", BLUE)]
    observed = (e.RouteObserved(2, {Color.GREEN: 100}), "bluegreen")
    assert told(moved(1, 100, 0, 1), observed) == [("first", BLUE), ("switch", GREEN)]
