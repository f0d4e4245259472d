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
        state = self._state()
        old, new = state.shared[action.component], state.shared[action.component + REPLACEMENT]
        moved = {**state.shared, action.component: new, action.component + REPLACEMENT: old}
        await self._front.prepare(shared=moved)
        until = self._services.clock() + state.releases[new.release].spec.switch.drain
        name = backend_name(state.app, "shared", old.generation, action.component)
        cut = active_on(await self._front.drained(name, until), name)
        await stop_all(self._services, self._services.instances.of_shared(state, old))
        await self._front.prepare(shared={k: v for k, v in moved.items() if k != action.component + REPLACEMENT})
        reason = f"both environments use the copy of r{new.release}"
        return [(e.SharedMoved(action.deployment, action.component, cut), reason)]

    async def stop(self, action: a.StopShared) -> Events:
        state = self._state()
        await stop_all(self._services, self._services.instances.of_shared(state, state.shared[action.component]))
        await self._front.prepare(shared={k: v for k, v in state.shared.items() if k != action.component})
        return [(e.SharedStopped(action.component), "it is not needed any more")]
