"""What happens to the revisions of models in the copies of shared components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bluegreen.core import events as e
from bluegreen.core.model import AppState, Revision, SharedRun

ModelEvent = e.ModelLoading | e.ModelLoaded | e.ModelsLost | e.ModelUnloading | e.ModelUnloaded


def with_models(state: AppState, entry: e.Entry, event: ModelEvent) -> AppState:
    """The state after it; what is told of a copy that is gone changes nothing."""
    for key, run in state.shared.items():
        if (run.component, run.generation) == (event.component, event.generation):
            instances = state.releases[run.release].spec.component(run.component).instances
            changed = replace(run, models=_models(run, entry, event, instances))
            return replace(state, shared={**state.shared, key: changed})
    return state


def _models(run: SharedRun, entry: e.Entry, event: ModelEvent, instances: int) -> Mapping[str, Revision]:
    match event:
        case e.ModelLoading(digest=digest, release=release, model=model):
            return {**run.models, digest: Revision(digest, model, release, entry.at, why="it is being loaded")}
        case e.ModelLoaded(digest=digest, instances=lives) if digest in run.models:
            return {**run.models, digest: _loaded(run.models[digest], entry, lives, instances)}
        case e.ModelsLost(instances=lost):
            return {digest: _lost(revision, entry, lost) for digest, revision in run.models.items()}
        case e.ModelUnloading(digest=digest) if digest in run.models:
            known, why = run.models[digest], "it is being unloaded"
            return {**run.models, digest: replace(known, since=entry.at, loaded=False, instances={}, why=why)}
        case e.ModelUnloaded(digest=digest):
            return {other: revision for other, revision in run.models.items() if other != digest}
    return run.models


def _loaded(revision: Revision, entry: e.Entry, lives: Mapping[str, str], instances: int) -> Revision:
    revision = replace(revision, instances={**revision.instances, **lives})
    if not all(revision.is_in(instance) for instance in range(1, instances + 1)):
        return revision
    return replace(revision, since=entry.at, loaded=True, why="")


def _lost(revision: Revision, entry: e.Entry, lost: Sequence[str]) -> Revision:
    lives = {index: "" if index in (lost or revision.instances) else life for index, life in revision.instances.items()}
    if lives == dict(revision.instances):
        return revision
    since = entry.at if revision.loaded else revision.since
    return replace(revision, since=since, loaded=False, instances=lives, why=entry.reason)
