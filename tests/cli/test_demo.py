"""What the demo says of its figures: one that is not as promised is never passed over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bluegreen.cli.demo.summary import Killed, Step, Summary
from bluegreen.cli.demo.table import COLUMNS, row
from bluegreen.cli.load.result import Failure, Result, Served, StreamResult

STREAM = StreamResult("/ws", 3, 90, 0, 2, 0, 4.0, ("r1", "r2", "r1"), ())
LOAD = Result(
    "http://127.0.0.1:1", 1.7e9, 10.0, 900, 0, 50, {}, (), {"p50": 0.002, "p99": 0.01, "max": 0.02},
    (Served("r1", "blue", 500, 0.0, 6.0), Served("r2", "green", 400, 6.0, 10.0)), (), (STREAM,),
)  # fmt: skip


def step(**figures: Any) -> Step:
    receipt = {
        "requests": {"blue": 1200, "green": 34},
        "failed": {"blue": 0, "green": 0},
        "switch_seconds": 0.0041,
        "after_confirmed": 0,
        "streams_cut": 2,
    }
    return Step("r2", {"number": 2, "color": "green", "result": "completed", "receipt": {**receipt, **figures}})


def summary(load: Result = LOAD, *, overlaps: int = 0, **figures: Any) -> Summary:
    worker = {"starts": 2, "overlaps": overlaps}
    return Summary([step(**figures)], load, ("r3", "r4"), worker, Killed(7, "verifying", 1.0, 300), [0.004])


def test_figures_as_promised() -> None:
    said = list(summary().in_words())
    assert list(summary().problems()) == []
    assert said[0].startswith("The load's own count: 900 requests, 0 failed.")
    assert said[-1] == "As promised: not one request failed."


FAILED = replace(LOAD, failed=1, failures=(Failure("status 503", 2.5, "GET /", "no healthy upstream"),))


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (summary(FAILED), "1 requests of the load failed: status 503 at 2.500 s, GET /: no healthy upstream"),
        (summary(failed={"blue": 3, "green": 0}), "the proxy counted 3 failed requests during deployment 2"),
        (summary(replace(LOAD, served=(Served("r3", "blue", 5, 0, 1),))), "5 requests were answered by r3 or r4"),
        (summary(replace(LOAD, streams=(replace(STREAM, gaps=1),))), "/ws: 1 messages missing, 0 times not opened"),
        (summary(streams_cut=1), "2 streams were cut by the load's count, 1 by the receipts'"),
        (summary(overlaps=1), "the worker found another one running 1 times"),
    ],
)
def test_each_broken_promise_is_named(found: Summary, problem: str) -> None:
    assert list(found.problems()) == [problem]
    assert list(found.in_words())[-2:] == ["NOT AS PROMISED:", f"  {problem}"]


def test_what_is_not_known_is_a_dash_in_the_table() -> None:
    known = ("2", "r2", "live in green", "1,200", "34", "0", "4.1 ms", "0", "2")
    assert row(step()) == known
    unknown = step(failed={"blue": None, "green": 0}, switch_seconds=None, after_confirmed=None, streams_cut=None)
    assert row(unknown) == (*known[:5], "–", "–", "–", "–")
    assert len(COLUMNS) == len(known)
