"""Carries out what concerns a whole environment: start, drain, stop, and moving the live components."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence

from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.model import AppState, Color
from bluegreen.engine.front import Front, active_on
from bluegreen.engine.routing import backend_name
from bluegreen.engine.services import Events, Services
from bluegreen.runtimes.base import InstanceSpec


class Environments:
    """The environments of one application."""

    def __init__(self, services: Services, state: Callable[[], AppState], front: Front) -> None:
        self._services = services
        self._state = state
        self._front = front

    async def start(self, action: a.StartEnvironment) -> Events:
        state = self._state()
        began = self._services.clock()
        environment = state.environments[action.color]
        specs = self._services.instances.of_environment(state, environment, live_only=False)
        endpoints: dict[str, tuple[str, ...]] = {}
        async with asyncio.TaskGroup() as group:
            by_component: dict[str, list[InstanceSpec]] = {}
            for spec in specs:
                by_component.setdefault(spec.id.component, []).append(spec)
            for name, members in by_component.items():
                group.create_task(self._start_component(action.color, name, members, endpoints))
        seconds = self._services.clock() - began
        started = e.EnvironmentStarted(action.deployment, action.color, endpoints, seconds)
        return [(started, f"all {len(specs)} instances are ready")]

    async def _start_component(
        self, color: Color, name: str, specs: list[InstanceSpec], endpoints: dict[str, tuple[str, ...]]
    ) -> None:
        """Start one component's instances; others reach it as soon as it is ready."""
        addresses = await start_all(self._services, specs)
        if addresses:
            endpoints[name] = addresses
            await self._front.prepare({color: dict(endpoints)})

    async def drain(self, action: a.Drain) -> Events:
        """Watch it until nothing is under way, however long that takes."""
        state = self._state()
        left = state.environments[action.color].since
        backends = backend_name(state.app, action.color, action.generation, "")
        traffic = await self._front.drained(backends, math.inf)
        seconds = max(0.0, self._services.clock() - left)
        event = e.DrainFinished(action.color, action.generation, seconds, traffic)
        return [(event, "the router reports nothing under way on it")]

    async def stop(self, action: a.StopEnvironment) -> Events:
        """End it after its drain; what is still under way then is cut, and counted."""
        state = self._state()
        environment = state.environments[action.color]
        # First out of preview and failover, so that nothing new comes to it.
        await self._front.prepare_anyhow()
        backends = backend_name(state.app, action.color, action.generation, "")
        traffic = await self._front.drained(backends, action.drain_until)
        cut = active_on(traffic, backends)
        # Cut here, once, before the instances end: none of them is reached half-stopped.
        await self._front.leave(action.color, action.generation)
        specs = self._services.instances.of_environment(state, environment, live_only=False)
        specs += self._services.instances.of_environment(state, environment, live_only=True)
        killed = await stop_all(self._services, specs)
        stopped = e.EnvironmentStopped(action.color, action.generation, cut, killed, traffic)
        return [(stopped, f"{cut} streams cut" if cut else "nothing was under way on it")]

    async def move_live_components(self, action: a.MoveLiveComponents) -> Events:
        state = self._state()
        old, new = state.environments[action.color.other], state.environments[action.color]
        await stop_all(self._services, self._services.instances.of_environment(state, old, live_only=True))
        # Supervised without waiting: the route never waits for these, and a crashing one is shown as such.
        for spec in self._services.instances.of_environment(state, new, live_only=True):
            await self._services.runtime.resume(spec)
        return [(e.LiveComponentsMoved(action.color), f"they run in {action.color} only")]


async def start_all(services: Services, specs: Sequence[InstanceSpec]) -> tuple[str, ...]:
    """Start instances side by side; the addresses of those that listen."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(services.runtime.start(spec)) for spec in specs]
    return tuple(address for task in tasks if (address := task.result().address))


async def stop_all(services: Services, specs: Sequence[InstanceSpec]) -> int:
    """End instances side by side; how many had to be killed."""
    outcomes = await asyncio.gather(*(services.runtime.stop(spec.id, spec.stop) for spec in specs))
    return sum(outcome.killed for outcome in outcomes)
