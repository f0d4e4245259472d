"""From the router's ever-growing counters to what one environment did during some seconds: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bluegreen.core.evidence import Counted, Threshold
from bluegreen.core.model import AppState, Color
from bluegreen.engine.routing import backend_name
from bluegreen.routers.base import Measurement, Times


@dataclass(frozen=True)
class Totals:
    """Counters of one run of an environment since it started: the components that take users' requests, added up."""

    arrived: int = 0
    answered: int = 0
    errors: int = 0
    waiting: int = 0
    times: Times = field(default_factory=dict)


def totals(measurement: Measurement, state: AppState, color: Color) -> Totals | None:
    """What was measured of the run in an environment; None when the router does not know all of it."""
    environment, spec = state.environments[color], state.spec_of(color)
    if spec is None:
        return None
    names = [
        backend_name(state.app, color, environment.generation, component.name)
        for component in spec.per_environment
        if component.receives
    ]
    found = [measurement.backends.get(name) for name in names]
    measured = [one for one in found if one is not None]
    if not measured or len(measured) < len(found):
        return None
    times: dict[float, int] = {}
    for one in measured:
        for bound, count in one.times.items():
            times[bound] = times.get(bound, 0) + count
    counters = [one.traffic for one in measured]
    return Totals(
        arrived=sum(c.requests for c in counters),
        answered=sum(c.answered for c in counters),
        errors=sum(c.failed for c in counters),
        waiting=sum(c.active for c in counters),
        times=times,
    )


def times_between(before: Times, after: Times) -> Times | None:
    """How many answers took so long in between; None when a counter went backwards: they began anew."""
    if any(after.get(bound, 0) < count for bound, count in before.items()):
        return None
    grown = {bound: count - before.get(bound, 0) for bound, count in after.items()}
    return {bound: count for bound, count in grown.items() if count}


def counted_between(before: Totals, after: Totals, thresholds: Sequence[Threshold]) -> Counted | None:
    """What happened in between; None when a counter went backwards: they began anew."""
    arrived = after.arrived - before.arrived
    answered = after.answered - before.answered
    errors = after.errors - before.errors
    times = times_between(before.times, after.times)
    if min(arrived, answered, errors) < 0 or times is None:
        return None
    return Counted(
        arrived=arrived,
        answered=max(answered, errors),
        errors=errors,
        timed=sum(times.values()),
        slow=tuple(_slower(times, threshold.seconds) for threshold in thresholds),
        waiting=after.waiting,
    )


def _slower(times: Mapping[float, int], seconds: float) -> int:
    # A bound is the threshold itself up to rounding.
    return sum(count for bound, count in times.items() if bound > seconds * (1 + 1e-9))
