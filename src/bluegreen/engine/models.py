"""Loads the revisions of models into the copies of shared components, and unloads them; finds out what was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bluegreen.config.variables import expanded
from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import AppState, Release, SharedRun
from bluegreen.core.model_needs import needs
from bluegreen.core.model_specs import ServedModel
from bluegreen.engine.lost_models import life_of, of_run
from bluegreen.engine.services import Events, Services
from bluegreen.runtimes.base import InstanceState, InstanceStatus
from bluegreen.serving.base import Server
from bluegreen.system.faults import point

LOOK_EVERY = 0.1
"""Seconds between looks at an instance that is not ready yet."""


class Models:
    """The models of one application."""

    def __init__(self, services: Services, state: Callable[[], AppState]) -> None:
        self._services = services
        self._state = state

    async def load(self, action: a.LoadModel) -> Events:
        """Load one revision into one instance, past the router, and prove that it answers there."""
        state, began = self._state(), self._services.clock()
        run = run_of(state, action.component, action.generation)
        need = needs(state, action.component).get(action.digest)
        if run is None or need is None or action.digest not in run.models:
            return []  # it is not wanted any more
        model = need.model
        status = await self._ready(run, action.instance, model.within if action.deployment is not None else None)
        server = self._server(run, model, state.releases[need.release], status)
        await self._services.model_servers.load(model, server)
        point("model loaded")
        await self._services.model_servers.prove(model, server)
        await self._refuse_another_life(run, status)
        event = e.ModelLoaded(
            action.component,
            action.generation,
            action.digest,
            model.served_name,
            {str(action.instance): life_of(status)},
            round(max(0.0, self._services.clock() - began), 3),
            action.deployment,
        )
        return [(event, f"{run.component}.{action.instance} answers for {model.served_name}")]

    async def _ready(self, run: SharedRun, instance: int, within: float | None) -> InstanceStatus:
        """The instance, once it is ready: one that has just ended is started again by its runtime."""
        try:
            async with asyncio.timeout(within):
                while True:
                    if status := await self._found(run, instance):
                        return status
                    await asyncio.sleep(LOOK_EVERY)
        except TimeoutError:
            raise PermanentError(
                f"{run.component} is not ready to be asked for models.",
                cure=f"`bluegreen logs {run.component} --shared` shows what it says.",
            ) from None

    async def _refuse_another_life(self, run: SharedRun, asked: InstanceStatus) -> None:
        now = await self._found(run, asked.id.index)
        if now is None or life_of(now) != life_of(asked):
            raise TemporaryError(f"{run.component} ended while a model was loaded into it.", retry_after=0.1)

    async def _found(self, run: SharedRun, instance: int) -> InstanceStatus | None:
        """The instance, if it is ready."""
        statuses = (s for s in await self._statuses(run) if s.id.index == instance)
        return next((s for s in statuses if s.state is InstanceState.READY and s.address), None)

    async def _statuses(self, run: SharedRun) -> list[InstanceStatus]:
        return of_run(run, await self._services.runtime.instances(self._state().app))

    def _server(self, run: SharedRun, model: ServedModel, release: Release | None, status: InstanceStatus) -> Server:
        state, services = self._state(), self._services
        runs_as = state.releases[run.release]
        source = model.source
        if model.inside is not None and release is not None:
            source = str(services.store.folder(state.app, release) / model.inside)
        variables = services.instances.variables(state.app, runs_as, "shared", run.component)
        try:
            headers = {name: expanded(value, variables) for name, value in model.headers.items()}
        except ValueError as error:
            raise PermanentError(
                f"A header of the model {model.name} names a variable that {run.component} does not have.",
                why=str(error),
                cure=f"Give {run.component} the variable in its `env` or `env_file`.",
            ) from error
        secrets = services.instances.secret_values(state.app, runs_as, "shared", run.generation)
        return Server(status.address or "", source, headers, secrets)

    async def unload(self, action: a.UnloadModel) -> Events:
        """Unload one revision from every instance that runs; one that does not has forgotten it anyway."""
        state = self._state()
        run = run_of(state, action.component, action.generation)
        if run is None or action.digest not in run.models:
            return []
        revision = run.models[action.digest]
        release = state.releases.get(revision.release)
        for status in await self._statuses(run):
            if status.state is InstanceState.READY and status.address:
                server = self._server(run, revision.model, release, status)
                await self._services.model_servers.unload(revision.model, server)
                point("model unloaded")
        name = revision.model.served_name
        event = e.ModelUnloaded(action.component, action.generation, action.digest, name)
        return [(event, "nothing needed it")]


def run_of(state: AppState, component: str, generation: int) -> SharedRun | None:
    """The copy of a shared component that a deployment started."""
    runs = (run for run in state.shared.values() if (run.component, run.generation) == (component, generation))
    return next(runs, None)
