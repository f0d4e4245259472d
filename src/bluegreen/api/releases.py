"""Releases: what there is to go back to, what each one is, and how two of them differ."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from bluegreen.api.access import needs
from bluegreen.api.callers import Ours
from bluegreen.api.models import RELEASE
from bluegreen.api.paging import LAST, Limit, page
from bluegreen.core.access import Right
from bluegreen.core.errors import BluegreenError, NotFound
from bluegreen.core.model import AppState, Color, EnvironmentState, Release
from bluegreen.core.release_diff import Change, configuration_diff, configuration_of, files_diff
from bluegreen.engine.flag_status import flags_diff_json
from bluegreen.engine.releases import ReleaseStore

router = APIRouter(prefix="/apps/{app}", tags=["releases"])
Name = Annotated[str, Path(pattern=RELEASE, description="Such as r7.")]


@router.get("/releases", openapi_extra=needs(Right.READ))
async def releases(
    app: str, engine: Ours, limit: Limit = 50, before: Annotated[int | None, Query(ge=1, le=LAST)] = None
) -> dict[str, Any]:
    """Those that are kept, newest first."""
    state = engine.application(app).state
    kept = sorted((r for r in state.releases.values() if before is None or r.number < before), key=lambda r: -r.number)
    path = f"/v1/apps/{app}/releases"
    found, following = page(kept, limit, path=path, cursor=lambda release: {"before": release.number})
    return {"releases": [release_json(state, release) for release in found], "next": following}


@router.get("/releases/{release}", openapi_extra=needs(Right.READ))
async def release(app: str, release: Name, engine: Ours) -> dict[str, Any]:
    """One release with its configuration, without its secrets."""
    state = engine.application(app).state
    found = kept(state, release)
    return {**release_json(state, found), "file": configuration_of(found)}


@router.get("/releases/{release}/diff/{other}", openapi_extra=needs(Right.READ))
async def diff(app: str, release: Name, other: Name, engine: Ours) -> dict[str, Any]:
    """What is different in ``other``."""
    state = engine.application(app).state
    before, after = kept(state, release), kept(state, other)
    return {
        "from": before.name,
        "to": after.name,
        "artifact": await asyncio.to_thread(_artifact_diff, engine.services.store, before, after),
        "configuration": [_change_json(change) for change in configuration_diff(before, after)],
        "flags": flags_diff_json(before, after),
        "secrets": "same" if before.secrets == after.secrets else "changed",
        "message": {"from": before.message, "to": after.message},
    }


def release_json(state: AppState, release: Release) -> dict[str, Any]:
    """One release; ``color``: the environment that runs it (the live one, where both do)."""
    places = [env for env in state.environments.values() if env.state is not EnvironmentState.EMPTY]
    colors: list[Color] = [env.color for env in places if env.release == release.number]
    return {
        "release": release.name,
        "digest": release.digest,
        "artifact": release.artifact,
        "message": release.message,
        "at": release.at,
        "status": release.status,
        "kept": True,
        "components": [component.name for component in release.spec.components],
        "color": state.live if state.live in colors else next(iter(colors), None),
    }


def kept(state: AppState, name: str) -> Release:
    number = int(name.removeprefix("r"))
    if number not in state.releases:
        kept = ", ".join(r.name for r in state.releases.values()) or "none"
        raise NotFound(f"Release r{number} of {state.app} is not kept.", cure=f"Kept are: {kept}.")
    return state.releases[number]


def _artifact_diff(store: ReleaseStore, before: Release, after: Release) -> dict[str, Any]:
    if before.artifact == after.artifact:
        return {"same": True, "files": {"added": [], "removed": [], "changed": []}}
    try:
        found = files_diff(store.files_of(before.artifact), store.files_of(after.artifact))
    except BluegreenError:  # one of them is gone or damaged: then nothing is known of its files
        return {"same": False, "files": None}
    files = {"added": list(found.added), "removed": list(found.removed), "changed": list(found.changed)}
    return {"same": False, "files": files}


def _change_json(change: Change) -> dict[str, Any]:
    return {"path": change.path, "from": change.before, "to": change.after}
