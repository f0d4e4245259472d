"""The release's folder: artifact in place, build commands and hooks run there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bluegreen.core import actions as a
from bluegreen.core.errors import PermanentError
from bluegreen.core.model import AppState, Release
from bluegreen.engine.services import Services
from bluegreen.system.command import CommandOutcome, run_command

BUILD_WITHIN = 3600.0
HOOK_WITHIN = 600.0
NOTHING_SEEN = "Run the command in the folder that you deploy to see it fail there; users saw nothing."
NOTHING_MOVED = "Users stay where they are. Do by hand what the command left undone."


async def build(services: Services, app: str, release: Release) -> Mapping[str, Any]:
    """Write the flag file, put the artifact in place and run every component's build command there, one after another.

    Idempotent: a folder that is complete is left as it is; one caller at a time is at work on it. Raises
    PermanentError with the output's end.
    """
    async with services.store.lock(app, release):
        services.store.flag_files.keep(app, release)
        if services.store.is_built(app, release):
            return {"reused": True}
        return await _build(services, app, release)


async def _build(services: Services, app: str, release: Release) -> Mapping[str, Any]:
    folder = await _put_in_place(services, app, release)
    evidence: dict[str, Any] = {}
    for component in release.spec.components:
        if component.build is None:
            continue
        place = "shared" if component.shared else "build"
        variables = services.instances.variables(app, release, place, component.name)
        outcome = await run_command(
            component.build,
            folder,
            variables,
            BUILD_WITHIN,
            secrets=services.store.secret_values(app, release),
            log=_log(services, app, "build"),
            key=f"{app}/build/{release.digest}/{component.name}",
        )
        _raise_unless_ok(outcome, f"The build of {component.name} failed", component.build, NOTHING_SEEN)
        evidence[component.name] = {"seconds": round(outcome.seconds, 3)}
    services.store.mark_built(app, release)
    return evidence


async def _put_in_place(services: Services, app: str, release: Release) -> Path:
    working = asyncio.ensure_future(asyncio.to_thread(services.store.put_in_place, app, release))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        # A thread cannot be cancelled: who comes next must not find it still at work.
        await asyncio.wait([working])
        raise


async def run_hook(services: Services, state: AppState, action: a.RunHook) -> Mapping[str, Any]:
    """Run one hook in the release's folder. Raises PermanentError with the output's end when it does not exit 0."""
    release = state.releases[action.release]
    command = getattr(release.spec.hooks, action.hook)
    variables = services.instances.variables(state.app, release, action.color, None)
    folder = services.store.folder(state.app, release)
    outcome = await run_command(
        command,
        folder,
        variables,
        HOOK_WITHIN,
        secrets=services.store.secret_values(state.app, release),
        log=_log(services, state.app, "hooks"),
        key=f"{state.app}/hook/{action.deployment}/{action.hook}",
    )
    cure = NOTHING_SEEN if action.hook.startswith("before") else NOTHING_MOVED
    _raise_unless_ok(outcome, f"The hook {action.hook} failed", command, cure)
    return {"seconds": round(outcome.seconds, 3), "output": outcome.output_tail}


def _raise_unless_ok(outcome: CommandOutcome, what: str, command: str, cure: str) -> None:
    if not outcome.succeeded:
        raise PermanentError(
            f"{what}: `{command}` ({outcome.ended}).",
            why=outcome.output_tail.rstrip(),
            cure=cure,
        )


def _log(services: Services, app: str, name: str) -> Path:
    folder = services.home / "apps" / app / "logs"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{name}.log"
