"""How an environment is asked past the router: its instances, by the path prefix that they receive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bluegreen.core.model import AppState, Color


def instances_of(state: AppState, color: Color) -> Mapping[str, Sequence[str]]:
    """``host:port`` of each instance of an environment, by path prefix; empty when no release is in it."""
    environment, spec = state.environments[color], state.spec_of(color)
    return {
        prefix: environment.endpoints.get(component.name, ())
        for component in (spec.per_environment if spec else ())
        for prefix in component.receives
    }
