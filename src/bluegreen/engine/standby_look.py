"""A short question to the environment that a rollback would lead to: would users be answered there now?"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence

from bluegreen.core.commands import warm_release
from bluegreen.core.model import AppState, Environment
from bluegreen.core.spec import AppSpec, Ready
from bluegreen.engine.recent import Probed
from bluegreen.engine.services import Services
from bluegreen.runtimes.base import InstanceState, InstanceStatus
from bluegreen.runtimes.readiness import answers

FRESH, LOOK_WITHIN = 3.0, 2.0
"""Seconds that an answer counts as one of now, and that somebody who asks for the status waits for one."""
MOST = 4
"""Instances of one component that are asked at most."""


async def look_at_standby(services: Services, state: AppState) -> Probed | None:
    """Ask it as its file says how readiness is asked for; None when a rollback leads to nothing that is warm.

    Healthy: of every component that is reached there, an instance answers. One that is asked by a command, or not at
    all, answers when it runs: to start a command every few seconds is too much.
    """
    standby = _led_back_to(state)
    spec = state.spec_of(standby.color) if standby else None
    if standby is None or spec is None:
        return None
    loop = asyncio.get_running_loop()
    began = loop.time()
    statuses = await services.runtime.instances(state.app)
    answered = await asyncio.gather(*(_one_answers(standby, name, spec, statuses) for name in standby.endpoints))
    return Probed(services.clock(), all(answered), round(loop.time() - began, 4))


async def look_again(services: Services, state: AppState, last: Probed | None) -> Probed | None:
    """What is known of the standby, asked anew where that is older than `FRESH`; None: it could not be asked."""
    if last is not None and services.clock() - last.at < FRESH:
        return last
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LOOK_WITHIN):
            return await look_at_standby(services, state)
    return None


def _led_back_to(state: AppState) -> Environment | None:
    found = warm_release(state)
    if found is None or not found["instant"]:
        return None
    warm = (env for env in state.environments.values() if env.release == found["release"] and env.warm)
    return next(warm, None)


async def _one_answers(standby: Environment, name: str, spec: AppSpec, statuses: Sequence[InstanceStatus]) -> bool:
    runs = any(
        s.state is InstanceState.READY
        for s in statuses
        if (s.id.place, s.id.generation, s.id.component) == (standby.color, standby.generation, name)
    )
    # What bluegreen itself runs beside them, such as `flags`, is in no file: it answers when it runs.
    ready = next((component.ready for component in spec.components if component.name == name), None)
    if not runs or ready is None or (ready.http is None and not ready.tcp):
        return runs
    return any(await asyncio.gather(*(_answers(ready, endpoint) for endpoint in standby.endpoints[name][:MOST])))


async def _answers(ready: Ready, endpoint: str) -> bool:
    return await answers(ready, int(endpoint.rpartition(":")[2]))
