"""After a start: find the world as it is, compare it with the journal, and keep users on a verified release.

The journal is the truth about intent, the router the truth about traffic (DESIGN section 6).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from bluegreen.core import events as e
from bluegreen.core.errors import BluegreenError
from bluegreen.core.evolve import LEFT
from bluegreen.core.flag_sets import COMPONENT
from bluegreen.core.model import AppState, Environment, EnvironmentState, SharedRun
from bluegreen.core.reconcile import found
from bluegreen.core.spec import Stop
from bluegreen.core.taking import taking
from bluegreen.engine.build import build
from bluegreen.engine.history import History
from bluegreen.engine.instances import expected_runs
from bluegreen.engine.lost_models import note_lost
from bluegreen.engine.perform import Performer
from bluegreen.engine.services import Services
from bluegreen.runtimes.base import InstanceSpec

log = structlog.get_logger()

RUNNING = (EnvironmentState.READY, EnvironmentState.LIVE, EnvironmentState.DRAINING, EnvironmentState.STANDBY)


async def recover(services: Services, history: History, performer: Performer) -> None:
    """Adopt what runs, start again what died, and tell the router.

    What cannot be mended now is logged and shown; the loop that follows goes on trying.
    """
    await note_lost(services, history)
    if any(taking(history.state, run) != run.endpoints for run in history.state.shared.values()):
        await _tell_router(history, performer)  # before any of those that take no requests is started again
    for environment in history.state.environments.values():
        if environment.state in RUNNING:
            await _resume_environment(services, history, environment)
    for key, run in history.state.shared.items():
        if not key.endswith(LEFT):  # that one is being stopped
            await _resume_copy(services, history, key, run)
    await note_lost(services, history)
    await _tell_router(history, performer)


async def _tell_router(history: History, performer: Performer) -> None:
    try:
        await performer.front.prepare()
    except BluegreenError as error:
        log.error("the router could not be brought in line", app=history.state.app, error=str(error))


async def read_back(services: Services, history: History) -> None:
    """Compare the route in force with the journal, then go on with what follows from where users are.

    Raises:
        TemporaryError: the router does not answer.
    """
    state = history.state
    observed = await services.router.route(state.app)
    events = found(state, observed)
    if not await history.append(events, "bluegreen", provided=lambda now: now is state, observed=True):
        return await read_back(services, history)
    await stop_leftovers(services, lambda: history.state)


async def stop_leftovers(services: Services, state: Callable[[], AppState]) -> None:
    """End instances of runs that the journal knows nothing of, or has seen the end of."""
    for status in await services.runtime.instances(state().app):
        if (status.id.place, status.id.generation) not in expected_runs(state()):
            log.warning("ending an instance that was left behind", instance=str(status.id))
            await services.runtime.stop(status.id, _stop_of(state(), status.id.component))


def _stop_of(state: AppState, component: str) -> Stop:
    """How a component asks to be stopped, by the newest release that has it."""
    specs = [release.spec for _, release in sorted(state.releases.items(), reverse=True)]
    return next((c.stop for spec in specs for c in spec.components if c.name == component), Stop())


async def _resume_environment(services: Services, history: History, environment: Environment) -> None:
    state = history.state
    assert environment.release is not None
    try:
        specs = services.instances.of_environment(state, environment, live_only=False)
        await _put_in_place(services, state, environment.release)
        endpoints = await _resume_all(services, specs)
    except BluegreenError as error:
        log.error("an environment could not be resumed", app=state.app, color=environment.color, error=str(error))
        return
    if endpoints and endpoints != dict(environment.endpoints):
        moved = e.EnvironmentMoved(environment.color, environment.generation, endpoints)
        await history.append([(moved, "its instances came back at other addresses")], "bluegreen", observed=True)


async def _put_in_place(services: Services, state: AppState, number: int) -> None:
    try:
        await build(services, state.app, state.releases[number])
    except BluegreenError as error:
        # What runs needs no folder now; what does not run is tried again by its supervision.
        log.error("a release could not be put in place", app=state.app, release=number, error=str(error))


async def _resume_all(services: Services, specs: list[InstanceSpec]) -> dict[str, tuple[str, ...]]:
    # Applications evaluate flags as they start, after the machine did, say.
    for spec in specs[:1]:
        if spec.id.component == COMPONENT:
            with contextlib.suppress(BluegreenError):  # its supervision goes on trying
                await services.runtime.start(spec)
    statuses = await asyncio.gather(*(services.runtime.resume(spec) for spec in specs))
    endpoints: dict[str, tuple[str, ...]] = {}
    for status in statuses:
        if status.address:
            endpoints[status.id.component] = (*endpoints.get(status.id.component, ()), status.address)
    return endpoints


async def _resume_copy(services: Services, history: History, key: str, run: SharedRun) -> None:
    state = history.state
    try:
        specs = services.instances.of_shared(state, run)
        await _put_in_place(services, state, run.release)
        endpoints = (await _resume_all(services, specs)).get(run.component, ())
    except BluegreenError as error:
        log.error("a shared component could not be resumed", app=state.app, component=key, error=str(error))
        return
    if endpoints != run.endpoints:
        moved = e.SharedReturned(key, run.generation, endpoints)
        await history.append([(moved, "its instances came back at other addresses")], "bluegreen", observed=True)
