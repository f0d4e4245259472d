"""After a start: find the world as it is, compare it with the journal, and keep users on a verified release.

The journal is the truth about intent, the router the truth about traffic (DESIGN section 6).
"""

from __future__ import annotations

import asyncio

import structlog

from bluegreen.core import events as e
from bluegreen.core.errors import BluegreenError, TemporaryError
from bluegreen.core.evolve import LEFT
from bluegreen.core.model import AppState, Environment, EnvironmentState, Route
from bluegreen.core.reconcile import reconcile
from bluegreen.core.spec import Stop
from bluegreen.engine.build import build
from bluegreen.engine.history import History
from bluegreen.engine.instances import expected_runs
from bluegreen.engine.perform import Performer
from bluegreen.engine.services import Services
from bluegreen.runtimes.base import InstanceSpec

log = structlog.get_logger()

RUNNING = (EnvironmentState.READY, EnvironmentState.LIVE, EnvironmentState.DRAINING, EnvironmentState.STANDBY)


async def recover(services: Services, history: History, performer: Performer) -> None:
    """Adopt what runs, start again what died, end what nobody asked for, and read the route back.

    What cannot be mended now is logged and shown; the loop that follows goes on trying.
    """
    if history.state.down:
        return
    await _stop_leftovers(services, history.state)
    for environment in history.state.environments.values():
        if environment.state in RUNNING:
            await _resume_environment(services, history, environment)
    await _resume_shared(services, history.state)
    try:
        await performer.front.prepare()
        await _compare_route(services, history)
    except BluegreenError as error:
        log.error("the router could not be brought in line", app=history.state.app, error=str(error))


async def _stop_leftovers(services: Services, state: AppState) -> None:
    """Instances of runs that the journal knows nothing of, or has seen the end of."""
    expected = expected_runs(state)
    for status in await services.runtime.instances(state.app):
        if (status.id.place, status.id.generation) not in expected:
            log.warning("ending an instance that was left behind", instance=str(status.id))
            await services.runtime.stop(status.id, _stop_of(state, status.id.component))


def _stop_of(state: AppState, component: str) -> Stop:
    """How a component asks to be stopped, by the newest release that has it."""
    specs = [release.spec for _, release in sorted(state.releases.items(), reverse=True)]
    return next((c.stop for spec in specs for c in spec.components if c.name == component), Stop())


async def _resume_environment(services: Services, history: History, environment: Environment) -> None:
    state = history.state
    assert environment.release is not None
    try:
        await build(services, state.app, state.releases[environment.release])
        specs = services.instances.of_environment(state, environment, live_only=False)
        endpoints = await _resume_all(services, specs)
        live_only = services.instances.of_environment(state, environment, live_only=True)
        # Only where they surely belong: a move that was interrupted is done again from its beginning.
        if state.active is environment.color and state.confirmed and state.confirmed.sole is environment.color:
            await _resume_all(services, live_only)
    except BluegreenError as error:
        log.error("an environment could not be resumed", app=state.app, color=environment.color, error=str(error))
        return
    if endpoints and endpoints != dict(environment.endpoints):
        moved = e.EnvironmentMoved(environment.color, environment.generation, endpoints)
        await history.append([(moved, "its instances came back at other addresses")], "bluegreen")


async def _resume_all(services: Services, specs: list[InstanceSpec]) -> dict[str, tuple[str, ...]]:
    statuses = await asyncio.gather(*(services.runtime.resume(spec) for spec in specs))
    endpoints: dict[str, tuple[str, ...]] = {}
    for status in statuses:
        if status.address:
            endpoints[status.id.component] = (*endpoints.get(status.id.component, ()), status.address)
    return endpoints


async def _resume_shared(services: Services, state: AppState) -> None:
    for key, run in state.shared.items():
        if key.endswith(LEFT):
            continue  # it is being stopped
        try:
            await build(services, state.app, state.releases[run.release])
            await _resume_all(services, services.instances.of_shared(state, run))
        except BluegreenError as error:
            log.error(
                "a shared component could not be resumed", app=state.app, component=run.component, error=str(error)
            )


async def _compare_route(services: Services, history: History) -> None:
    observed = await _read_route(services, history.state.app)
    events = reconcile(history.state, observed)
    if events:
        await history.append(events, "bluegreen")


async def _read_route(services: Services, app: str) -> Route | None:
    for _ in range(50):
        try:
            return await services.router.route(app)
        except TemporaryError:
            await asyncio.sleep(0.1)
    return await services.router.route(app)
