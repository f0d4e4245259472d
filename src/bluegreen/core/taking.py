"""Which instances of shared components take requests, and which revisions of models those do not serve.

An instance that was started again has nothing in memory. What it lacks it would answer with an error, so that it takes
no requests until it has everything again, as long as others do.
"""

from __future__ import annotations

from collections.abc import Set

from bluegreen.core.model import AppState, Color, EnvironmentState, Release, SharedRun
from bluegreen.core.model_needs import revisions
from bluegreen.core.model_specs import ServedModel


def taking(state: AppState, run: SharedRun) -> tuple[str, ...]:
    """The addresses of the instances of a copy that take requests: at least one of them, where there are any."""
    return tuple(run.endpoints[number - 1] for number in _taking(state, run))


def _taking(state: AppState, run: SharedRun) -> list[int]:
    """All but those of which another one serves all that they do and more: of what users ask for, then of all.

    So one without what others have takes none, and what users ask for counts more than what a standby needs. Where none
    has anything all are left: who asks for what is not there fails either way, but a request for anything else, or for
    a revision that is back already, is answered.
    """
    found = list(range(1, len(run.endpoints) + 1))
    for wanted in (_asked_for(state, run, by_users=True), _asked_for(state, run)):
        held = {number: {digest for digest in wanted if _has(run, digest, number)} for number in found}
        found = [number for number in found if not any(held[number] < other for other in held.values())]
    return found


def _has(run: SharedRun, digest: str, instance: int) -> bool:
    return digest in run.models and run.models[digest].is_in(instance)


def _asked_for(state: AppState, run: SharedRun, *, by_users: bool = False) -> Set[str]:
    """The revisions that environments may ask for now.

    Not what a deployment only waits for before it starts its environment, nor what is asked for by an environment that
    is stopped, or that failed and is kept for a look: those get nothing back, or need not.
    """
    found = set[str]()
    for environment in state.environments.values():
        release = state.releases.get(environment.release or 0)
        if release is None or environment.state is EnvironmentState.STOPPING or environment.kept:
            continue
        if state.routed(environment.color) or not by_users:
            found |= {digest for digest, model in revisions(release).items() if model.serve_by == run.component}
    return found


def lacking(state: AppState, release: Release) -> list[ServedModel]:
    """The models of a release that some instance of the copies in use does not serve now."""
    found = []
    for digest, model in revisions(release).items():
        run = state.shared.get(model.serve_by)
        if run is None or digest not in run.models or not run.models[digest].loaded:
            found.append(model)
    return found


def environment_lacks(state: AppState, color: Color) -> list[ServedModel]:
    """The models that an environment's release needs and that an instance which takes requests does not serve now."""
    number = state.environments[color].release
    if number is None:
        return []
    return [model for digest, model in revisions(state.releases[number]).items() if not _served(state, digest, model)]


def waits_for(state: AppState, to: Color, *, back: bool) -> list[ServedModel]:
    """The models that must be loaded again before users are led to an environment.

    On the way back none when users miss theirs where they are as well: then nothing is won by waiting.
    """
    return [] if back and environment_lacks(state, to.other) else environment_lacks(state, to)


def _served(state: AppState, digest: str, model: ServedModel) -> bool:
    run = state.shared.get(model.serve_by)
    return run is not None and all(_has(run, digest, number) for number in _taking(state, run))
