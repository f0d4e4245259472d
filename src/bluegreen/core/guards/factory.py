"""Makes the guards of one stage from what the file asks for."""

from __future__ import annotations

from bluegreen.core import spec
from bluegreen.core.evidence import Baseline, Threshold
from bluegreen.core.guards.against_before import LEAST, AgainstBeforeGuard, look_back
from bluegreen.core.guards.answers_factory import answers_guard
from bluegreen.core.guards.base import Guard, Stage
from bluegreen.core.guards.due import Due
from bluegreen.core.guards.error_rate import ErrorRateGuard
from bluegreen.core.guards.error_rate_control import ErrorRateControlGuard
from bluegreen.core.guards.events import EventsGuard
from bluegreen.core.guards.latency import LatencyGuard
from bluegreen.core.guards.latency_control import LatencyControlGuard
from bluegreen.core.guards.rules import BoundsGuard, SaidGuard
from bluegreen.core.guards.segment import NOTHING
from bluegreen.core.guards.split import SplitGuard
from bluegreen.core.guards.unknown import UnknownGuard
from bluegreen.core.guards.waiting import Waiting
from bluegreen.core.statistics.betting import Bet, barrier
from bluegreen.core.statistics.budget import FOR_THE_TEST, alpha
from bluegreen.core.statistics.comparison import Comparison
from bluegreen.core.statistics.control import Control
from bluegreen.core.statistics.poisson import OneRate
from bluegreen.core.statistics.surplus import Surplus
from bluegreen.core.statistics.tolerance import FLOOR, error_limit, ratio_limit

MOST_SLOWER = 10.0
"""More than so many times the old release's slow answers are never tolerated at the same time."""
LEAST_SLOWER = 2.0


def begin(
    watch: spec.Watch, baseline: Baseline, share: int, seconds: float, stages: int, *, sticky: bool = False
) -> tuple[Guard, ...]:
    """The guards of one of so many stages: one for each that the watch asks for, in its order, and one for the split.

    ``share`` is the new release's share of users' requests in per cent, ``seconds`` how long the stage is meant to
    last. ``sticky``: users, not requests, are assigned by chance, so that the split of requests says nothing.
    """
    stage = Stage(share, seconds, alpha(watch, stages))
    guards = tuple(_guard(guard, baseline, stage) for guard in watch.guards)
    if sticky or not 0 < share < 100:
        return guards
    return (*guards, SplitGuard(share / 100, max(1, stages) / watch.false_alarm))


def _guard(guard: spec.Guard, baseline: Baseline, stage: Stage) -> Guard:
    match guard:
        case spec.HttpProbe():
            return SaidGuard(guard.name, Due(guard.every))
        case spec.CommandGuard():
            return SaidGuard(guard.name, Due(guard.every), refusals=1)
        case spec.JsonValue():
            return BoundsGuard(guard.name, Due(guard.every), guard.at_least, guard.at_most)
        case spec.Prometheus():
            return _prometheus(guard, baseline, stage)
        case spec.ErrorRate():
            return _error_rate(guard, baseline, stage)
        case spec.Latency():
            return _latency(guard, baseline, stage)
        case spec.EventRatio():
            return _events(guard, baseline, stage)
        case spec.Outputs() | spec.Streaming():
            return answers_guard(guard, baseline, stage)


def _alarm_at(stage: Stage) -> float:
    return 1.0 / (stage.alpha * FOR_THE_TEST)


def _for_the_baseline(stage: Stage) -> float:
    return stage.alpha * (1.0 - FOR_THE_TEST)


def _unknown(guard: spec.Guard, baseline: Baseline, why: str) -> UnknownGuard:
    return UnknownGuard(guard.name, f"there is nothing to compare with: {baseline.missing.get(guard.name) or why}")


def _error_rate(guard: spec.ErrorRate, baseline: Baseline, stage: Stage) -> Guard:
    before = baseline.errors / baseline.requests if baseline.requests else None
    alarm_at = _alarm_at(stage)
    capital = barrier(alarm_at, baseline.tempering)
    if stage.has_control:
        limit = error_limit(baseline, guard.worse_than, _for_the_baseline(stage))
        control = _control(guard.worse_than, limit, baseline, stage)
        floor = Bet(FLOOR, stage.seconds)
        return ErrorRateControlGuard(guard.name, before, alarm_at, capital, control, floor)
    if before is None:
        return _unknown(guard, baseline, "no request of the release before was counted")
    limit = error_limit(baseline, guard.worse_than, _for_the_baseline(stage))
    if limit >= 1.0:
        return _unknown(guard, baseline, f"the release before had too few requests ({baseline.requests:,})")
    return ErrorRateGuard(guard.name, before, alarm_at, capital, Bet(limit, stage.seconds))


def _latency(guard: spec.Latency, baseline: Baseline, stage: Stage) -> Guard:
    thresholds = baseline.thresholds
    if not thresholds:
        return _unknown(guard, baseline, "no time of the release before was measured")
    alone = LatencyGuard(
        guard.name,
        thresholds,
        _alarm_at(stage),
        tuple(Bet(threshold.share, stage.seconds) for threshold in thresholds),
        Waiting(max(threshold.seconds for threshold in thresholds)),
        slow=(0,) * len(thresholds),
        segments=(NOTHING,) * len(thresholds),
    )
    if not stage.has_control:
        return alone
    controls = tuple(_control(_slower(t), t.share, baseline, stage) for t in thresholds)
    return LatencyControlGuard(alone, controls, old=(0,) * len(thresholds))


def _control(tolerated: float, limit: float, baseline: Baseline, stage: Stage) -> Control:
    surplus = Surplus(limit, baseline.dispersion, stage.seconds) if limit < 1.0 else None
    return Control(Comparison(tolerated, baseline.dispersion, stage.seconds), surplus)


def _slower(threshold: Threshold) -> float:
    """How many times the old release's slow answers are tolerated: as a release that is slower by the factor has."""
    if threshold.usual == 0.0:
        return MOST_SLOWER
    return min(max(threshold.share / threshold.usual, LEAST_SLOWER), MOST_SLOWER)


def _prometheus(guard: spec.Prometheus, baseline: Baseline, stage: Stage) -> Guard:
    due = Due(guard.every)
    if guard.worse_than is None:
        return BoundsGuard(guard.name, due, guard.at_least, guard.at_most)
    values = baseline.values.get(guard.name, ())
    if len(values) < LEAST:
        return _unknown(guard, baseline, f"{len(values)} values of before are too few")
    before = look_back(values, guard.worse_than, _for_the_baseline(stage))
    if before.median <= 0.0:
        return _unknown(guard, baseline, f"no number is so many times the {before.median:g} of before")
    bet = Bet(before.tolerated, stage.seconds)
    return AgainstBeforeGuard(guard.name, guard.worse_than, _alarm_at(stage), before, due, bet)


def _events(guard: spec.EventRatio, baseline: Baseline, stage: Stage) -> Guard:
    events, per = baseline.events.get(guard.name, (0, 0))
    before = events / per if per else None
    more_is_worse = guard.worse_than > 1
    if stage.has_control:
        comparison = Comparison(guard.worse_than, 1.0, stage.seconds, more_is_worse)
        return EventsGuard(guard, _alarm_at(stage), before, comparison)
    limit = ratio_limit(events, per, guard.worse_than, _for_the_baseline(stage)) if per else 0.0
    if limit <= 0.0:
        return _unknown(guard, baseline, f"{events:,} {guard.event} for {per:,} {guard.per} before are too few")
    return EventsGuard(guard, _alarm_at(stage), before, OneRate(limit, stage.seconds, more_is_worse))
