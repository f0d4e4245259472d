"""Carries out what concerns shared components: one copy for both environments, replaced without a gap."""

from __future__ import annotations

from collections.abc import Callable

from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.evolve import REPLACEMENT
from bluegreen.core.model import AppState, SharedRun
from bluegreen.engine.environments import start_all, stop_all
from bluegreen.engine.front import Front, active_on
from bluegreen.engine.routing import backend_name
from bluegreen.engine.services import Events, Services


class SharedComponents:
    """The shared components of one application."""

    def __init__(self, services: Services, state: Callable[[], AppState], front: Front) -> None:
        self._services = services
        self._state = state
        self._front = front

    async def start(self, action: a.StartShared) -> Events:
        state = self._state()
        release = state.releases[action.release]
        digest = release.shared[action.component]
        run = SharedRun(action.component, digest, action.release, action.deployment)
        endpoints = await start_all(self._services, self._services.instances.of_shared(state, run))
        event = e.SharedStarted(action.deployment, action.component, digest, release.number, endpoints)
        return [(event, "its instances are ready")]

    async def move(self, action: a.MoveShared) -> Events:
        """Until it is recorded the old copy runs, so that going back is always possible."""
        state = self._state()
        old, new = state.shared[action.component], state.shared[action.component + REPLACEMENT]
        # It may have died since it was ready, with the machine say.
        await start_all(self._services, self._services.instances.of_shared(state, new))
        await self._front.prepare(shared={**state.shared, action.component: new, action.component + REPLACEMENT: old})
        return [(e.SharedMoved(action.deployment, action.component), f"both use the copy of r{new.release}")]

    async def stop(self, action: a.StopShared) -> Events:
        """End a copy after its drain. A move to it that was given up is undone before."""
        state = self._state()
        run = state.shared[action.component]
        await self._front.prepare()
        until = self._services.clock() + state.releases[run.release].spec.switch.drain
        name = backend_name(state.app, "shared", run.generation, run.component)
        cut = active_on(await self._front.drained(name, until), name)
        await stop_all(self._services, self._services.instances.of_shared(state, run))
        await self._front.prepare(shared={k: v for k, v in self._state().shared.items() if k != action.component})
        return [(e.SharedStopped(action.component, cut), "it is not needed any more")]
