"""What the router is told of one application, and what it tells: the only place that speaks to it about backends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace

from bluegreen.core.errors import BluegreenError, PermanentError, TemporaryError
from bluegreen.core.model import AppState, Color, Environment, SharedRun, Traffic
from bluegreen.engine.routing import Endpoints, Sampled, routing, with_taking
from bluegreen.engine.services import Services
from bluegreen.routers.base import Mirror, Routing

DRAIN_POLLS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between looks at backends that drain: often at first, since most are drained at once."""


class Front:
    """One application, as the router sees it."""

    def __init__(
        self, services: Services, state: Callable[[], AppState], sampled: Callable[[AppState], Sampled]
    ) -> None:
        self._services = services
        self._state = state
        self._sampled = sampled
        self._preparing = asyncio.Lock()
        self._prepared: Routing | None = None
        self._told: Routing | None = None
        """What it was told last; without an answer from it, it may have taken it in."""
        self.mirror: Mirror | None = None
        """Where copies of users' requests go just now; told with whatever is told next."""
        self._leaving: set[tuple[Color, int]] = set()
        """Runs (colour and generation) that are out of the router, though not recorded as stopped yet."""

    async def prepare(
        self,
        starting: Mapping[Color, Endpoints] | None = None,
        shared: Mapping[str, SharedRun] | None = None,
    ) -> None:
        """Tell the router everything but the route, as the state has it, with what is about to be recorded.

        Raises:
            PermanentError: it cannot be had (an address in use, say).
            TemporaryError: something that it should reach is ill, or the router does not answer.
        """
        async with self._preparing:
            state = self._without_leaving(self._state())
            if shared is not None:
                state = replace(state, shared=shared)
            await self._tell(self._routing(state, starting))

    async def _tell(self, wanted: Routing | None) -> None:
        if wanted is None:
            return
        before, self._told, self._prepared = self._told, wanted, None
        try:
            await self._services.router.prepare(wanted)
        except PermanentError:
            self._told = before
            raise
        self._prepared = wanted

    async def prepare_anyhow(self) -> None:
        """The same, for what is to be ended: that something else is ill or gone must not keep it running."""
        with contextlib.suppress(TemporaryError):
            await self.prepare()

    async def keep_prepared(self) -> None:
        """Tell the router what has changed by itself, such as a standby that may take over now."""
        # Looked at in turn: many may ask while the router is slow, and the first of them tells it for all.
        async with self._preparing:
            wanted = self._routing(self._without_leaving(self._state()))
            if wanted != self._prepared:
                await self._tell(wanted)

    async def keep_taking(self) -> None:
        """Tell the router which instances of shared components take requests now, and nothing else.

        At any time: whatever an action has told it, or is about to tell it, stays as it is.
        """
        async with self._preparing:
            before = self._told
            if before is None or (wanted := with_taking(before, self._state())) == before:
                return
            try:
                await self._tell(wanted)
            except BaseException:
                self._told = before  # so that it is told again
                raise

    def _routing(self, state: AppState, starting: Mapping[Color, Endpoints] | None = None) -> Routing | None:
        services = self._services
        sampled, key = self._sampled(self._state()), services.store.preview_key(state.app)
        wanted = routing(state, services.port_of, starting, key, sampled)
        return replace(wanted, mirror=self.mirror) if wanted is not None else None

    async def leave(self, color: Color, generation: int) -> None:
        """Take a run out of the router; what is still under way on it is cut."""
        self._leaving.add((color, generation))
        await self.prepare_anyhow()

    def _without_leaving(self, state: AppState) -> AppState:
        runs = {(color, environment.generation) for color, environment in state.environments.items()}
        self._leaving &= runs
        left = {color: Environment(color) for color, _ in self._leaving}
        return replace(state, environments={**state.environments, **left})

    async def traffic(self) -> Mapping[str, Traffic]:
        """The router's counters; empty, and so unknown, when it does not answer."""
        with contextlib.suppress(BluegreenError):
            return await self._services.router.traffic(self._state().app)
        return {}

    async def drained(self, backends: str, until: float) -> Mapping[str, Traffic]:
        """Wait until nothing is under way on the backends whose name begins so, or until its time has passed.

        The counters at that moment. Not being told is not being drained; and while users may still come whom nobody
        can count (`Traffic.held_until`), no time has passed.
        """
        pauses = iter(DRAIN_POLLS)
        pause, held = DRAIN_POLLS[0], 0.0
        while True:
            traffic, now = await self.traffic(), self._services.clock()
            held = held_until(traffic, backends, held)
            if now >= held and (active_on(traffic, backends) == 0 or now >= until):
                return traffic
            pause = next(pauses, pause)
            await asyncio.sleep(pause)


def active_on(traffic: Mapping[str, Traffic], backends: str) -> int | None:
    """Requests and streams under way on all backends whose name begins so; None: nothing was told."""
    if not traffic:
        return None
    return sum(counters.active for name, counters in traffic.items() if name.startswith(backends))


def held_until(traffic: Mapping[str, Traffic], backends: str, known: float = 0.0) -> float:
    """Until when (seconds since 1970) users may come to the backends whose name begins so, though no route leads them
    there; what was ``known`` before, when nothing was told."""
    if not traffic:
        return known
    return max((each.held_until for name, each in traffic.items() if name.startswith(backends)), default=0.0)
