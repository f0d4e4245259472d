"""What happens to the revisions of models in the copies of shared components."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bluegreen.core import events as e
from bluegreen.core.model import AppState, Revision, SharedRun

ModelEvent = e.ModelLoading | e.ModelLoaded | e.ModelsLost | e.ModelUnloading | e.ModelUnloaded


def with_models(state: AppState, entry: e.Entry, event: ModelEvent) -> AppState:
    """The state after it; what is told of a copy that is gone changes nothing."""
    for key, run in state.shared.items():
        if (run.component, run.generation) == (event.component, event.generation):
            changed = replace(run, models=_models(run, entry, event))
            return replace(state, shared={**state.shared, key: changed})
    return state


def _models(run: SharedRun, entry: e.Entry, event: ModelEvent) -> Mapping[str, Revision]:
    match event:
        case e.ModelLoading(digest=digest, release=release, model=model):
            return {**run.models, digest: Revision(digest, model, release, entry.at, why="it is being loaded")}
        case e.ModelLoaded(digest=digest, instances=instances) if digest in run.models:
            loaded = replace(run.models[digest], since=entry.at, loaded=True, instances=dict(instances), why="")
            return {**run.models, digest: loaded}
        case e.ModelsLost():
            return {
                digest: replace(revision, since=entry.at, loaded=False, why=entry.reason)
                if revision.loaded
                else revision
                for digest, revision in run.models.items()
            }
        case e.ModelUnloading(digest=digest) if digest in run.models:
            known, why = run.models[digest], "it is being unloaded"
            return {**run.models, digest: replace(known, since=entry.at, loaded=False, instances={}, why=why)}
        case e.ModelUnloaded(digest=digest):
            return {other: revision for other, revision in run.models.items() if other != digest}
    return run.models
