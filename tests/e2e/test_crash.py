"""A controller killed in the middle of things: some of the points that bench/crashes.py takes all of."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.crashes import MOVES, REMOVAL, Case, crashes


@pytest.mark.parametrize(("scenario", "number"), [(MOVES, 8), (REMOVAL, 4)])
def test_a_controller_killed_anywhere_is_followed_by_one_that_converges(
    tmp_path: Path, scenario: str, number: int
) -> None:
    cases: list[Case] = []
    with crashes(tmp_path) as run:
        points = run.points(scenario)
        every = len(points) // number
        for point in points[every // 2 :: every]:
            cases.append(run.case(scenario, point))
        failures = run.ends()
    assert [case for case in cases if case.problems] == []
    assert failures == []
    # What runs beside one another may pass a point one time less.
    assert sum(case.reached for case in cases) > len(cases) / 2
