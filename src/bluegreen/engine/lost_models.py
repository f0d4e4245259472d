"""Finds out which copies of shared components have lost what they had in memory: an instance of theirs has ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bluegreen.core import events as e
from bluegreen.core.model import AppState, SharedRun
from bluegreen.engine.history import History
from bluegreen.engine.services import Services
from bluegreen.runtimes.base import InstanceState, InstanceStatus

Lives = Mapping[str, str]
"""Which life each instance is in, by its number: a process that was started again is in another one."""


async def note_lost(services: Services, history: History) -> None:
    """Record what was lost: it is loaded again as soon as the instance is ready."""
    while any(run.models for run in history.state.shared.values()):
        statuses = await services.runtime.instances(history.state.app)
        state = history.state
        events = lost(state, statuses)
        if not events or await history.append(events, "bluegreen", provided=_still(state), observed=True):
            return


def _still(state: AppState) -> Callable[[AppState], bool]:
    return lambda now: now is state


def of_run(run: SharedRun, statuses: Sequence[InstanceStatus]) -> list[InstanceStatus]:
    """The instances of one copy of a shared component."""
    own = ("shared", run.generation, run.component)
    return [s for s in statuses if (s.id.place, s.id.generation, s.id.component) == own]


def life_of(status: InstanceStatus) -> str:
    """What tells this life of an instance from others: its process, and when that became ready."""
    return f"{status.pid}@{status.since:.3f}/{status.restarts}"


def lost(state: AppState, statuses: Sequence[InstanceStatus]) -> list[tuple[e.ModelsLost, str]]:
    """The copies of which an instance is in another life than when its revisions were loaded, with the reason."""
    found = []
    for run in state.shared.values():
        own = {str(s.id.index): s for s in of_run(run, statuses)}
        changed = {index for r in run.models.values() for index in _changed(r.instances, own)}
        if indexes := tuple(sorted(changed, key=int)):
            names = ", ".join(f"{run.component}.{index}" for index in indexes)
            reason = f"{names} ended and lost what it had in memory"
            found.append((e.ModelsLost(run.component, run.generation, indexes), reason))
    return found


def _changed(lives: Lives, now: Mapping[str, InstanceStatus]) -> list[str]:
    return [
        index
        for index, life in lives.items()
        if life  # else it is known
        if index not in now or now[index].state is not InstanceState.READY or life_of(now[index]) != life
    ]
