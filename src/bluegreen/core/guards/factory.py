"""Makes the guards of one stage from what the file asks for."""

from __future__ import annotations

from bluegreen.core import spec
from bluegreen.core.evidence import Baseline
from bluegreen.core.guards.base import Guard, Stage
from bluegreen.core.guards.due import Due
from bluegreen.core.guards.error_rate import ErrorRateGuard
from bluegreen.core.guards.latency import LatencyGuard
from bluegreen.core.guards.rules import BoundsGuard, SaidGuard
from bluegreen.core.guards.segment import NOTHING
from bluegreen.core.guards.unknown import UnknownGuard
from bluegreen.core.guards.waiting import Waiting
from bluegreen.core.statistics.betting import Bet
from bluegreen.core.statistics.budget import FOR_THE_TEST, alpha
from bluegreen.core.statistics.tolerance import error_limit


def begin(
    watch: spec.Watch, baseline: Baseline, share: int, seconds: float, stages: int, *, sticky: bool = False
) -> tuple[Guard, ...]:
    """The guards of one of so many stages, one for each that the watch asks for, in its order.

    ``share`` is the new release's share of users' requests in per cent. ``sticky``: users, not requests, are
    assigned by chance, so that the split of requests says nothing.
    """
    stage = Stage(share, seconds, alpha(watch, stages))
    return tuple(_guard(guard, baseline, stage) for guard in watch.guards)


def _guard(guard: spec.Guard, baseline: Baseline, stage: Stage) -> Guard:
    why = baseline.missing.get(guard.name)
    if why:
        return UnknownGuard(guard.name, f"there is nothing to compare with: {why}")
    match guard:
        case spec.ErrorRate():
            return error_rate(guard, baseline, stage)
        case spec.Latency():
            return latency(guard, baseline, stage)
        case spec.HttpProbe():
            return SaidGuard(guard.name, Due(guard.every))
        case spec.CommandGuard():
            return SaidGuard(guard.name, Due(guard.every), refusals=1)
        case spec.JsonValue() | spec.Prometheus():
            return BoundsGuard(guard.name, Due(guard.every), guard.at_least, guard.at_most)
        case spec.EventRatio():
            return UnknownGuard(guard.name, "business events are not judged yet")


def error_rate(guard: spec.ErrorRate, baseline: Baseline, stage: Stage) -> Guard:
    """Errors, with or without a concurrent control."""
    limit = error_limit(baseline, guard.worse_than, stage.alpha * (1 - FOR_THE_TEST))
    if limit == float("inf"):
        return UnknownGuard(guard.name, "no request of the release before was counted: nothing to compare with")
    before = baseline.errors / baseline.requests
    return ErrorRateGuard(guard.name, before, 1 / (stage.alpha * FOR_THE_TEST), Bet(limit, stage.seconds))


def latency(guard: spec.Latency, baseline: Baseline, stage: Stage) -> Guard:
    """Times, with or without a concurrent control."""
    if not baseline.thresholds:
        return UnknownGuard(guard.name, "no time of the release before was measured: nothing to compare with")
    return LatencyGuard(
        guard.name,
        baseline.thresholds,
        1 / (stage.alpha * FOR_THE_TEST),
        tuple(Bet(threshold.share, stage.seconds) for threshold in baseline.thresholds),
        Waiting(max(threshold.seconds for threshold in baseline.thresholds)),
        slow=(0,) * len(baseline.thresholds),
        segments=(NOTHING,) * len(baseline.thresholds),
    )
