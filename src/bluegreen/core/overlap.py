"""Two environments at once: since when, and what the second one has cost so far."""

from __future__ import annotations

from dataclasses import dataclass

from bluegreen.core.model import AppState, Color, EnvironmentState


@dataclass(frozen=True)
class Overlap:
    """The time in which both environments have something running."""

    since: float
    """Seconds since 1970."""
    per_hour: float | None
    """What the idle environment costs an hour; None: its file does not say."""

    def cost(self, now: float) -> float | None:
        return None if self.per_hour is None else self.per_hour * max(0.0, now - self.since) / 3600


def overlap(state: AppState) -> Overlap | None:
    """The overlap under way; None while one environment is empty."""
    environments = [state.environments[color] for color in Color]
    if any(env.state is EnvironmentState.EMPTY for env in environments):
        return None
    spec = state.spec_of(state.idle)
    costs = [c.cost_per_hour for c in spec.per_environment if c.cost_per_hour is not None] if spec else []
    return Overlap(max(env.began for env in environments), sum(costs) if costs else None)
