"""The product's own guards over simulated runs, tick by tick."""

from __future__ import annotations

import math
from functools import cache

from bench.simulate.worlds import INTERVAL, Runs
from bluegreen.core.evidence import Baseline, Counted, Interval, Tick
from bluegreen.core.guards.base import Guard
from bluegreen.core.guards.error_rate import ErrorRateGuard
from bluegreen.core.guards.factory import begin
from bluegreen.core.spec import Watch
from bluegreen.core.statistics.baseline import freeze
from bluegreen.core.statistics.betting import Bet
from bluegreen.core.statistics.budget import FOR_THE_TEST, alpha
from bluegreen.core.verdict import Verdict

LOOK = 20
"""A block stays, so that its second is looked for only in the last so many."""


def found(runs: Runs, *, limit: float | None = None) -> list[float]:
    """After how many seconds each run is rolled back for its errors; infinite: never.

    The default guards share the budget. ``limit``: the tolerated rate is known, instead of what the baseline tells.
    """
    seconds = runs.requests.shape[1]
    return [_fold(_guard(runs, run, limit, seconds), _ticks(runs, run)) for run in range(len(runs.requests))]


def _guard(runs: Runs, run: int, limit: float | None, seconds: int) -> Guard:
    watch = Watch(duration=float(seconds))
    if limit is not None:
        alarm_at = 1 / (alpha(watch, 1) * FOR_THE_TEST)
        return ErrorRateGuard("error_rate", None, alarm_at, alarm_at, Bet(limit, float(seconds)))
    share = 100
    if runs.old_requests is not None:
        share = round(100 * runs.requests.sum() / (runs.requests.sum() + runs.old_requests.sum()))
    return begin(watch, baseline(runs, run, watch), share, float(seconds), 1)[0]


def baseline(runs: Runs, run: int, watch: Watch) -> Baseline:
    """What the product knows of the release before."""
    pairs = zip(runs.before_requests[run].tolist(), runs.before_errors[run].tolist(), strict=True)
    return freeze([Interval(float(INTERVAL), requests, errors) for requests, errors in pairs], {}, watch, 1)


def _ticks(runs: Runs, run: int) -> list[Tick]:
    new = zip(runs.requests[run].tolist(), runs.errors[run].tolist(), strict=True)
    if runs.old_requests is None or runs.old_errors is None:
        return [_tick(requests, errors, None, None) for requests, errors in new]
    old = zip(runs.old_requests[run].tolist(), runs.old_errors[run].tolist(), strict=True)
    return [_tick(*a, *b) for a, b in zip(new, old, strict=True)]


@cache
def _tick(requests: int, errors: int, old_requests: int | None, old_errors: int | None) -> Tick:
    old = None if old_requests is None or old_errors is None else Counted(old_requests, old_requests, old_errors)
    return Tick(0.0, 1.0, Counted(requests, requests, errors), old)


def _fold(guard: Guard, ticks: list[Tick]) -> float:
    """Looks at the guard after every tick that changes its mind: a block is for good."""
    for begin_at in range(0, len(ticks), LOOK):
        before = guard
        for tick in ticks[begin_at : begin_at + LOOK]:
            guard = guard.take(tick)
        if guard.verdict is Verdict.BLOCK:
            for second, tick in enumerate(ticks[begin_at : begin_at + LOOK], begin_at + 1):
                before = before.take(tick)
                if before.verdict is Verdict.BLOCK:
                    return float(second)
    return math.inf
