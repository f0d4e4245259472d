"""Which revisions of models are needed, by whom, and where they are not loaded: what is loaded and unloaded follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.errors import InvalidInput
from bluegreen.core.evolve import LEFT, REPLACEMENT
from bluegreen.core.model import AppState, Color, EnvironmentState, Kind, Phase, Release, SharedRun
from bluegreen.core.model_specs import ServedModel


@dataclass(frozen=True)
class Need:
    """A revision that something needs."""

    digest: str
    model: ServedModel
    release: int
    """The newest release that has it."""
    by: tuple[str, ...]
    """In words, such as ``the standby r3 in blue``."""


def revisions(release: Release) -> Mapping[str, ServedModel]:
    """The revisions that a release needs, by digest."""
    return {release.models[model.name]: model for model in release.spec.served if model.name in release.models}


def needs(state: AppState, component: str) -> Mapping[str, Need]:
    """The revisions that a shared component must keep, by digest.

    Environments need theirs until they are empty, and deployments (the waiting one too) until they have ended.
    """
    found: dict[str, Need] = {}
    for release, by in sorted(_needing(state), key=lambda one: one[0].number):
        for digest, model in revisions(release).items():
            if model.serve_by == component:
                known = found.get(digest)
                # The newest file says how: an older one may name a folder that is no longer kept.
                found[digest] = Need(digest, model, release.number, (*(known.by if known else ()), by))
    return found


def _needing(state: AppState) -> Iterator[tuple[Release, str]]:
    for environment in state.environments.values():
        if environment.release is not None and environment.release in state.releases:
            color, release = environment.color, state.releases[environment.release]
            yield release, f"the {_standing(state, color)} {release.name} in {color}"
    for d in (state.deployment, state.queued):
        if d is not None and d.what is not Kind.SHARED and not _in_its_environment(state, d.number):
            yield state.releases[d.release], f"deployment {d.number} of r{d.release}"


def _standing(state: AppState, color: Color) -> str:
    return "live" if color is state.live else str(state.environments[color].state)


def _in_its_environment(state: AppState, deployment: int) -> bool:
    return any(env.generation == deployment for env in state.environments.values() if env.release is not None)


def refuse_taken_names(state: AppState, release: Release) -> None:
    """Raise InvalidInput when a release wants another revision under a name that something needs for its own."""
    for digest, model in revisions(release).items():
        for need in needs(state, model.serve_by).values():
            if need.model.served_name == model.served_name and need.digest != digest:
                raise InvalidInput(
                    f"The name `{model.served_name}` is taken in {model.serve_by}: by another revision, which "
                    f"{' and '.join(need.by)} needs.",
                    why="Both are served at the same time, so that a rollback is instant.",
                    cure=f"Give the revision of `{model.name}` a `name` of its own, such as one with its version.",
                )


def tended(state: AppState) -> Iterator[a.Action]:
    """What is to be loaded and unloaded now, copy by copy. A copy that is being stopped is let alone."""
    for key, run in state.shared.items():
        if key.endswith(LEFT) or (key.endswith(REPLACEMENT) and not _is_replacing(state, run)):
            continue
        needed = needs(state, run.component)
        yield from _loads(state, run, needed, replacing=key.endswith(REPLACEMENT))
        if not key.endswith(REPLACEMENT):
            yield from _unloads(run, needed)


def _is_replacing(state: AppState, run: SharedRun) -> bool:
    return state.deployment is not None and state.deployment.number == run.generation


def _loads(state: AppState, run: SharedRun, needed: Mapping[str, Need], *, replacing: bool) -> Iterator[a.Action]:
    d = state.deployment
    to_run, to_start = _to_run(state), _to_start(state)
    for digest, need in needed.items():
        revision = run.models.get(digest)
        if digest not in to_run | to_start or (revision is not None and revision.loaded):
            continue
        if _is_taken(run, digest, need.model.served_name):
            continue  # what is to be unloaded goes first
        # What users may need already is tried for ever; what only the deployment needs fails it.
        number = d.number if d is not None and (replacing or digest not in to_run) else None
        if revision is None:
            event = e.ModelLoading(run.component, run.generation, digest, need.release, need.model, number)
            yield a.Record(event, f"needed by {' and '.join(need.by)}")
        else:
            instances = state.releases[run.release].spec.component(run.component).instances
            lacking = (n for n in range(1, instances + 1) if not revision.is_in(n))
            yield from (a.LoadModel(number, run.component, run.generation, digest, n) for n in lacking)


def _to_run(state: AppState) -> frozenset[str]:
    """The revisions that environments need which are ready, or serve users."""
    d, found = state.deployment, set[str]()
    for environment in state.environments.values():
        starting = d is not None and d.number == environment.generation and d.phase is Phase.STARTING
        if starting or environment.release is None or environment.state is EnvironmentState.STOPPING:
            continue
        if environment.release in state.releases:
            found |= revisions(state.releases[environment.release]).keys()
    return frozenset(found)


def _to_start(state: AppState) -> frozenset[str]:
    """The revisions without which the deployment under way does not start its environment."""
    d = state.deployment
    if d is None or d.phase is not Phase.STARTING or d.what is Kind.SHARED:
        return frozenset()
    return frozenset(revisions(state.releases[d.release]))


def _unloads(run: SharedRun, needed: Mapping[str, Need]) -> Iterator[a.Action]:
    for digest, revision in run.models.items():
        if digest not in needed and any(revision.instances.values()):
            event = e.ModelUnloading(run.component, run.generation, digest, revision.model.served_name)
            yield a.Record(event, "no environment and no deployment needs it")
        elif digest not in needed:
            yield a.UnloadModel(run.component, run.generation, digest)


def _is_taken(run: SharedRun, digest: str, name: str) -> bool:
    return any(other != digest and revision.model.served_name == name for other, revision in run.models.items())


def is_complete(state: AppState, key: str) -> bool:
    """Whether a copy of a shared component serves every revision that running environments need."""
    run = state.shared[key]
    return not any(_loads(state, run, needs(state, run.component), replacing=True))
