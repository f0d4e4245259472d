"""The models of an application as people and tools read of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bluegreen.core.evolve import LEFT, REPLACEMENT
from bluegreen.core.model import AppState, Deployment, Phase, Release, Revision, SharedRun
from bluegreen.core.model_changes import model_changes
from bluegreen.core.model_needs import Need, needs
from bluegreen.core.model_specs import ModelFile
from bluegreen.core.taking import waits_for


def models_json(state: AppState) -> list[dict[str, Any]]:
    """Each revision in each copy of a shared component, and each file of a model that an environment runs with."""
    return [*_served(state), *_files(state)]


def model_changes_json(state: AppState, d: Deployment) -> list[dict[str, Any]] | None:
    """Which models a deployment changes, against the release that was live when it began; None: one of the two
    releases is not kept any more."""
    if d.previous is None:
        return []
    before, after = state.releases.get(d.previous), state.releases.get(d.release)
    if before is None or after is None:
        return None
    return [
        {"model": change.model, "from": change.before, "to": change.after, "in_words": str(change)}
        for change in model_changes(before, after)
    ]


def _served(state: AppState) -> Iterator[dict[str, Any]]:
    for key, run in state.shared.items():
        needed = needs(state, run.component)
        for digest, revision in run.models.items():
            yield {
                "model": revision.model.name,
                "name": revision.model.served_name,
                "kind": "served",
                "component": run.component,
                "copy": _copy(key),
                "source": revision.model.source or None,
                "digest": digest,
                "state": _standing(revision, needed.get(digest)),
                "why": revision.why or None,
                "since": revision.since,
                "needed_by": list(needed[digest].by) if digest in needed else [],
            }


def _copy(key: str) -> str:
    if key.endswith(REPLACEMENT):
        return "replacement"
    return "replaced" if key.endswith(LEFT) else "in use"


def _standing(revision: Revision, need: Need | None) -> str:
    if need is None:
        return "unloading"
    return "loaded" if revision.loaded else "loading"


def _files(state: AppState) -> Iterator[dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for environment in state.environments.values():
        release = state.releases.get(environment.release) if environment.release is not None else None
        for model in release.spec.models if release else ():
            if isinstance(model, ModelFile) and release is not None:
                one = found.setdefault((model.name, release.models[model.name]), _file(model, release))
                standing = "live" if environment.color is state.live else environment.state
                one["needed_by"].append(f"the {standing} {release.name} in {environment.color}")
    yield from found.values()


def _file(model: ModelFile, release: Release) -> dict[str, Any]:
    return {
        "model": model.name,
        "name": model.path,
        "kind": "file",
        "component": None,
        "copy": None,
        "source": None,
        "digest": release.models[model.name],
        "state": "in the release",
        "why": None,
        "since": release.at,
        "needed_by": [],
    }


def model_warnings(state: AppState) -> list[str]:
    """What is to be loaded again, because an instance of a shared component has ended, and what waits for that."""
    lost = [
        f"{revision.model.served_name} is not loaded in {run.component}: {revision.why}. It is being loaded again."
        for run, revision in _lost(state)
    ]
    d = state.deployment
    if d is None or d.phase is not Phase.ROLLING_BACK or state.unconfirmed is not None or not state.routed(d.color):
        return lost
    missing = ", ".join(model.served_name for model in waits_for(state, d.color.other, back=True))
    waiting = f"The way back waits until {missing} is loaded again; until then users are answered by r{d.release}."
    return [*lost, waiting] if missing else lost


def _lost(state: AppState) -> Iterator[tuple[SharedRun, Revision]]:
    for run in state.shared.values():
        needed = needs(state, run.component)
        for digest, revision in run.models.items():
            if digest in needed and not revision.loaded and revision.instances:
                yield run, revision
