"""Carries out what concerns a whole environment: start, drain, stop, and moving the live components."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.flag_sets import COMPONENT
from bluegreen.core.model import AppState, Color, Traffic
from bluegreen.engine.front import Front, active_on
from bluegreen.engine.routing import backend_name
from bluegreen.engine.services import Events, Services
from bluegreen.runtimes.base import InstanceSpec


@dataclass(frozen=True)
class _Left:
    """What was under way on a run when it was taken out of the router: it can be counted only once."""

    generation: int
    cut: int | None
    traffic: Mapping[str, Traffic]

    @property
    def in_words(self) -> str:
        if self.cut is None:
            return "what was under way on it is not known"
        return f"{self.cut} streams cut" if self.cut else "nothing was under way on it"


class Environments:
    """The environments of one application."""

    def __init__(self, services: Services, state: Callable[[], AppState], front: Front) -> None:
        self._services = services
        self._state = state
        self._front = front
        self._left: dict[Color, _Left] = {}

    async def start(self, action: a.StartEnvironment) -> Events:
        state = self._state()
        began = self._services.clock()
        environment = state.environments[action.color]
        specs = self._services.instances.of_environment(state, environment, live_only=False)
        endpoints: dict[str, tuple[str, ...]] = {}
        # Applications evaluate flags as they start.
        if evaluating := _evaluating(specs):
            endpoints[COMPONENT] = await start_all(self._services, evaluating)
        async with asyncio.TaskGroup() as group:
            by_component: dict[str, list[InstanceSpec]] = {}
            for spec in specs[len(evaluating) :]:
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
        left = await self._leave(action, known=not environment.endpoints)
        specs = self._services.instances.of_environment(state, environment, live_only=False)
        specs += self._services.instances.of_environment(state, environment, live_only=True)
        killed = await stop_all(self._services, specs[len(_evaluating(specs)) :])
        killed += await stop_all(self._services, _evaluating(specs))
        stopped = e.EnvironmentStopped(action.color, action.generation, left.cut, killed, left.traffic)
        return [(stopped, left.in_words)]

    async def _leave(self, action: a.StopEnvironment, *, known: bool) -> _Left:
        """Wait for its drain, count what is still under way, and take it out of the router."""
        left = self._left.get(action.color)
        if left is None or left.generation != action.generation:
            backends = backend_name(self._state().app, action.color, action.generation, "")
            traffic = await self._front.drained(backends, action.drain_until)
            # The router has forgotten it where an earlier controller took it out.
            known = known or any(name.startswith(backends) for name in traffic)
            left = _Left(action.generation, active_on(traffic, backends) if known else None, traffic)
            self._left[action.color] = left
        # Cut here, once, before the instances end: none of them is reached half-stopped.
        await self._front.leave(action.color, action.generation)
        return left

    async def move_live_components(self, action: a.MoveLiveComponents) -> Events:
        state = self._state()
        old, new = state.environments[action.color.other], state.environments[action.color]
        await stop_all(self._services, self._services.instances.of_environment(state, old, live_only=True))
        # Supervised without waiting: the route never waits for these, and a crashing one is shown as such.
        for spec in self._services.instances.of_environment(state, new, live_only=True):
            await self._services.runtime.resume(spec)
        return [(e.LiveComponentsMoved(action.color), f"they run in {action.color} only")]


def _evaluating(specs: Sequence[InstanceSpec]) -> Sequence[InstanceSpec]:
    """What evaluates flags: the first of an environment's instances, and the last to end."""
    return [spec for spec in specs[:1] if spec.id.component == COMPONENT]


async def start_all(services: Services, specs: Sequence[InstanceSpec]) -> tuple[str, ...]:
    """Start instances side by side; the addresses of those that listen."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(services.runtime.start(spec)) for spec in specs]
    return tuple(address for task in tasks if (address := task.result().address))


async def stop_all(services: Services, specs: Sequence[InstanceSpec]) -> int:
    """End instances side by side; how many had to be killed."""
    outcomes = await asyncio.gather(*(services.runtime.stop(spec.id, spec.stop) for spec in specs))
    return sum(outcome.killed for outcome in outcomes)
