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


async def build(services: Services, app: str, release: Release) -> Mapping[str, Any]:
    """Put the artifact in place and run every component's build command there, one after another.

    Idempotent: a folder that is complete is left as it is. Raises PermanentError with the output's end.
    """
    if services.store.is_built(app, release):
        return {"reused": True}
    folder = await asyncio.to_thread(services.store.put_in_place, app, release)
    evidence: dict[str, Any] = {}
    for component in release.spec.components:
        if component.build is None:
            continue
        place = "shared" if component.shared else "build"
        variables = services.instances.variables(app, release, place, component.name)
        outcome = await run_command(
            component.build, folder=folder, env=variables, within=BUILD_WITHIN, log=_log(services, app, "build")
        )
        _raise_unless_ok(
            outcome, f"The build of {component.name} failed", component.build, _secrets(services, app, release)
        )
        evidence[component.name] = {"seconds": round(outcome.seconds, 3)}
    services.store.mark_built(app, release)
    return evidence


async def run_hook(services: Services, state: AppState, action: a.RunHook) -> Mapping[str, Any]:
    """Run one hook in the release's folder. Raises PermanentError with the output's end when it does not exit 0."""
    release = state.releases[action.release]
    command = getattr(release.spec.hooks, action.hook)
    variables = services.instances.variables(state.app, release, action.color, None)
    folder = services.store.folder(state.app, release)
    outcome = await run_command(
        command, folder=folder, env=variables, within=HOOK_WITHIN, log=_log(services, state.app, "hooks")
    )
    secrets = _secrets(services, state.app, release)
    _raise_unless_ok(outcome, f"The hook {action.hook} failed", command, secrets)
    return {"seconds": round(outcome.seconds, 3), "output": mask(outcome.output_tail, secrets)}


def _raise_unless_ok(outcome: CommandOutcome, what: str, command: str, secrets: tuple[str, ...]) -> None:
    if outcome.exit == 0 and not outcome.timed_out:
        return
    how = "it did not end in time" if outcome.timed_out else f"exit {outcome.exit}"
    raise PermanentError(
        f"{what}: `{command}` ({how}).",
        why=mask(outcome.output_tail, secrets).rstrip(),
        cure="Run the command in the folder that you deploy to see it fail there; users saw nothing.",
    )


def _secrets(services: Services, app: str, release: Release) -> tuple[str, ...]:
    return tuple(v for values in services.store.secrets(app, release).values() for v in values.values())


def mask(text: str, secrets: tuple[str, ...]) -> str:
    """The text with every secret of at least four characters replaced by ``***``."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= 4:
            text = text.replace(secret, "***")
    return text


def _log(services: Services, app: str, name: str) -> Path:
    folder = services.home / "apps" / app / "logs"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{name}.log"
