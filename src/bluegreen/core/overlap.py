"""Two environments at once: since when, and what the second one has cost so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bluegreen.core.model import AppState, Color, Deployment, EnvironmentState, Result
from bluegreen.core.spec import AppSpec, Component


@dataclass(frozen=True)
class Overlap:
    """The time in which both environments have something running."""

    since: float
    """Seconds since 1970."""
    per_hour: float | None
    """What the idle environment costs an hour; None: its file does not say."""

    shared_per_hour: float | None = None
    """What the shared components cost an hour: a second copy of them would cost the same. None: not known, or none."""

    def saved(self, now: float) -> float | None:
        """What one copy of the shared components, instead of one for each environment, has saved so far."""
        return None if self.shared_per_hour is None else self.shared_per_hour * max(0.0, now - self.since) / 3600

    def cost(self, now: float) -> float | None:
        return None if self.per_hour is None else self.per_hour * max(0.0, now - self.since) / 3600


def overlap(state: AppState) -> Overlap | None:
    """The overlap under way; None while one environment is empty."""
    environments = [state.environments[color] for color in Color]
    if any(env.state is EnvironmentState.EMPTY for env in environments):
        return None
    spec = state.spec_of(state.idle)
    began = max(env.began for env in environments)
    return Overlap(began, _hourly(spec.per_environment if spec else ()), _shared_hourly(spec))


def overlap_cost(state: AppState, d: Deployment, seconds: float | None) -> tuple[float | None, float | None]:
    """What the overlap of a deployment has cost, and what sharing has saved in it; None: not known.

    Counted is the environment that users had left, or that they never kept: without it there was no overlap.
    """
    left = d.release if d.result is not Result.COMPLETED or d.previous is None else d.previous
    release = state.releases.get(left)
    if release is None or seconds is None:
        return None, None
    hours = seconds / 3600
    cost, shared = _hourly(release.spec.per_environment), _shared_hourly(release.spec)
    return (None if cost is None else cost * hours), (None if shared is None else shared * hours)


def _shared_hourly(spec: AppSpec | None) -> float | None:
    return _hourly(spec.shared if spec else ())


def _hourly(components: Iterable[Component]) -> float | None:
    costs = [c.cost_per_hour for c in components if c.cost_per_hour is not None]
    return sum(costs) if costs else None
