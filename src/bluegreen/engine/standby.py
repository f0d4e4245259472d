"""Whether users could be led back at once: what the runtime sees of the standby."""

from __future__ import annotations

from collections.abc import Sequence

from bluegreen.core.model import AppState
from bluegreen.runtimes.base import InstanceState, InstanceStatus


def standby_is_healthy(state: AppState, statuses: Sequence[InstanceStatus]) -> bool:
    """Whether every component of the standby that is reached has an instance that is ready."""
    standby = state.environments[state.idle]
    ready = {
        s.id.component
        for s in statuses
        if s.id.place == standby.color and s.id.generation == standby.generation and s.state is InstanceState.READY
    }
    return standby.release is not None and set(standby.endpoints) <= ready
