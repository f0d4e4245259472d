"""Which environment may serve users."""

from __future__ import annotations

from bluegreen.core.model import AppState, Color, EnvironmentState, Phase, Result


def may_serve(state: AppState, color: Color) -> bool:
    """Whether users may be led here: it passed its checks in this run, under the digest of its release."""
    environment = state.environments[color]
    if environment.release is None or not environment.warm:
        return False
    return environment.verified == state.releases[environment.release].digest


def standby_may_take_over(state: AppState) -> bool:
    """Whether the standby may serve in the place of a dead live environment: a completed release that is warm.

    Not while a deployment is switching, nor once the standby is being stopped to make room for a new release.
    """
    live, d = state.live, state.deployment
    if live is None or state.going_down or (d is not None and d.phase not in (Phase.BUILDING, Phase.STARTING)):
        return False
    standby = state.environments[live.other]
    left = standby.state in (EnvironmentState.DRAINING, EnvironmentState.STANDBY)
    completed = standby.release is not None and state.releases[standby.release].status is Result.COMPLETED
    return left and completed and may_serve(state, standby.color)
