"""What the demo says of its figures: one that is not as promised is never passed over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bluegreen.cli.demo.killed import Killed
from bluegreen.cli.demo.step import Step
from bluegreen.cli.demo.summary import Summary
from bluegreen.cli.demo.table import COLUMNS, row
from bluegreen.cli.demo.taken_back import TakenBack
from bluegreen.cli.load.result import Failure, Result, Served, StreamResult


def served(release: str, color: str, requests: int, first: float, last: float) -> Served:
    return Served(release, color, requests, first, last, {"p50": 0.002, "p99": 0.01, "max": 0.02})


STREAM = StreamResult("/ws", 3, 90, 0, 2, 0, 4.0, ("r1", "r2", "r1"), ())
LOAD = Result(
    "http://127.0.0.1:1", 1.7e9, 10.0, 900, 0, 50, {}, (), {"p50": 0.002, "p99": 0.01, "max": 0.02},
    (served("r1", "blue", 500, 0.0, 6.0), served("r6", "green", 300, 6.0, 8.5), served("r1", "blue", 100, 8.5, 10.0)),
    (), (STREAM,),
)  # fmt: skip


def step(**figures: Any) -> Step:
    receipt = {
        "requests": {"blue": 1200, "green": 34},
        "failed": {"blue": 0, "green": 0},
        "switch_seconds": 0.0041,
        "after_confirmed": 0,
        "streams_cut": 2,
    }
    deployment = {"number": 2, "release": "r2", "color": "green", "result": "completed"}
    return Step("r2", {**deployment, "receipt": {**receipt, **figures}})


def summary(load: Result = LOAD, *, overlaps: int = 0, ended: str = "rolled back", **figures: Any) -> Summary:
    worker = {"starts": 2, "overlaps": overlaps}
    slow = step(streams_cut=None).deployment | {"number": 9, "release": "r6", "result": ended, "reason": "too fast"}
    steps = [step(**figures), Step("r6, slow", slow)]
    taken_back = TakenBack("r6", "r1", within=30)
    return Summary(steps, load, ("r3", "r4"), taken_back, worker, Killed(7, "verifying", 1.0, 300), [0.004])


def with_served(*served: Served) -> Result:
    return replace(LOAD, served=served)


def test_figures_as_promised() -> None:
    said = list(summary().in_words())
    assert list(summary().problems()) == []
    assert said[0].startswith("The load's own count: 900 requests, 0 failed.")
    assert "Users were on r6 for 2.5 s of the 30 s of its watch." in said
    assert said[-1] == "As promised: not one request failed."


FAILED = replace(LOAD, failed=1, failures=(Failure("status 503", 2.5, "GET /", "no healthy upstream"),))


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (summary(FAILED), "1 requests of the load failed: status 503 at 2.500 s, GET /: no healthy upstream"),
        (summary(failed={"blue": 3, "green": 0}), "the proxy counted 3 failed requests during deployment 2"),
        (summary(with_served(*LOAD.served, served("r3", "blue", 5, 0, 1))), "5 requests were answered by r3 or r4"),
        (summary(ended="completed"), "r6 ended as completed, not as rolled back: too fast"),
        (summary(with_served(served("r1", "blue", 900, 0, 10))), "no user was on r6"),
        (
            summary(with_served(served("r6", "green", 800, 6, 36.5), served("r1", "blue", 100, 36.5, 40))),
            "users were on r6 for 30.5 s; its watch takes 30 s",
        ),
        (
            summary(with_served(served("r1", "blue", 500, 0, 6), served("r6", "green", 400, 6, 10))),
            "the last request was answered by r6, not by r1",
        ),
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
