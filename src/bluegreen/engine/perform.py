"""Carries out actions. Each may be done again after a crash; each gives the events that record what was observed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bluegreen.checks.base import Finding, Target
from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.errors import BluegreenError, PermanentError, TemporaryError
from bluegreen.core.evolve import REPLACEMENT
from bluegreen.core.model import AppState, Color, Environment, SharedRun, Traffic
from bluegreen.core.verdict import Verdict
from bluegreen.engine.build import build, run_hook
from bluegreen.engine.routing import Endpoints, backend_name, routing
from bluegreen.engine.services import Services
from bluegreen.routers.base import Routing, StaleEpoch
from bluegreen.runtimes.base import InstanceSpec

Events = Sequence[tuple[e.Event, str]]
"""Events with their reasons."""
Report = Callable[[e.Event, str], Awaitable[None]]
"""Records something on the way, before an action ends."""

DRAIN_POLLS = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds between looks at an environment that drains: often at first, since most are drained at once."""


class Performer:
    """Carries out the actions of one application."""

    def __init__(self, services: Services, state: Callable[[], AppState], report: Report) -> None:
        self._services = services
        self._state = state
        self._report = report
        self._preparing = asyncio.Lock()
        self._prepared: Routing | None = None
        self._leaving: set[tuple[Color, int]] = set()
        """Runs (colour and generation) that are out of the router, though not recorded as stopped yet."""
        self._handlers: Mapping[type[a.Action], Callable[[Any], Awaitable[Events]]] = {
            a.Record: self._record,
            a.Build: self._build,
            a.RunHook: self._hook,
            a.StartShared: self._start_shared,
            a.MoveShared: self._move_shared,
            a.StopShared: self._stop_shared,
            a.StartEnvironment: self._start_environment,
            a.Verify: self._verify,
            a.SetRoute: self._set_route,
            a.End: self._end,
            a.Drain: self._drain,
            a.StopEnvironment: self._stop_environment,
            a.MoveLiveComponents: self._move_live_components,
            a.CloseAddress: self._close_address,
        }

    async def perform(self, action: a.Action) -> Events:
        """Do it, and give what was observed.

        Raises:
            TemporaryError: it may succeed later.
            PermanentError: it would fail again in the same way.
        """
        return await self._handlers[type(action)](action)

    async def _record(self, action: a.Record) -> Events:
        return [(action.event, action.reason)]

    async def _end(self, action: a.End) -> Events:
        traffic = await self.traffic()
        return [(e.DeploymentEnded(action.deployment, action.result, traffic), action.reason)]

    async def _close_address(self, action: a.CloseAddress) -> Events:
        await self._services.router.remove(self._state().app)
        return [(e.WentDown(), "nothing of it runs any more")]

    # --- before the switch

    async def _build(self, action: a.Build) -> Events:
        state = self._state()
        release = state.releases[action.release]
        # An address that cannot be had is found now, not after a build of ten minutes.
        await self.prepare()
        evidence = await build(self._services, state.app, release)
        return [(e.Built(action.deployment, await self.traffic(), evidence), "the release's folder is complete")]

    async def _hook(self, action: a.RunHook) -> Events:
        state = self._state()
        evidence = await run_hook(self._services, state, action)
        return [(e.HookFinished(action.deployment, action.hook, True, evidence), f"{action.hook} succeeded")]

    async def _start_environment(self, action: a.StartEnvironment) -> Events:
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
        addresses = await self._start_all(specs)
        if addresses:
            endpoints[name] = addresses
            await self.prepare({color: dict(endpoints)})

    async def _start_all(self, specs: Sequence[InstanceSpec]) -> tuple[str, ...]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._services.runtime.start(spec)) for spec in specs]
        return tuple(task.result().address or "" for task in tasks if task.result().address)

    async def _verify(self, action: a.Verify) -> Events:
        state = self._state()
        release = state.releases[action.release]
        await self.prepare()
        target = self._target(state, action.color)
        findings = await asyncio.gather(
            *(self._check(action.deployment, check, target) for check in release.spec.verify)
        )
        refused = [finding for finding in findings if finding.verdict is not Verdict.ALLOW]
        if refused:
            more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
            raise PermanentError(
                f"Check `{refused[0].check}`: {refused[0].reason}{more}",
                why="Users saw nothing of this release.",
                cure=f"`bluegreen show {action.deployment}` has the evidence; `--keep-failed` keeps it running.",
            )
        reason = f"{len(findings)} checks passed" if findings else "it is ready, and the file asks for no checks"
        return [(e.Verified(action.deployment, action.color, release.digest), reason)]

    async def _check(self, number: int, check: object, target: Target) -> Finding:
        checker = self._services.checkers[check.kind]  # type: ignore[attr-defined]
        finding = await checker.run(check, target)
        event = e.CheckFinished(number, finding.check, finding.verdict, finding.seconds, finding.evidence)
        await self._report(event, finding.reason)
        return finding

    def _target(self, state: AppState, color: Color) -> Target:
        environment = state.environments[color]
        assert environment.release is not None
        release = state.releases[environment.release]
        routing_now = routing(state, self._services.port_of)
        assert routing_now is not None
        url = f"http://{routing_now.preview_address}"
        variables = self._services.instances.variables(state.app, release, color, None) | {"BLUEGREEN_URL": url}
        return Target(
            url=url,
            host=release.spec.hosts[0] if release.spec.hosts else None,
            folder=str(self._services.store.folder(state.app, release)),
            env=variables,
            secrets=self._services.store.secret_values(state.app, release),
        )

    # --- the switch

    async def _set_route(self, action: a.SetRoute) -> Events:
        app = self._state().app
        try:
            confirmation = await self._services.router.set_route(app, action.route, action.fallback)
        except StaleEpoch as stale:
            raise TemporaryError(
                f"The router of {app} already has epoch {stale.has}, newer than {stale.told}.",
                why="Another controller moved the route, or this one was restored from an old backup.",
                cure="Stop the other controller; this one takes the router's route over when it starts again.",
                retry_after=5.0,
            ) from stale
        took = max(0.0, self._services.clock() - action.decided)
        shares = dict(action.route.shares)
        event = e.RouteConfirmed(action.route.epoch, shares, took, confirmation.traffic, action.deployment)
        return [(event, "read back from the router")]

    # --- environments that users have left

    async def _drain(self, action: a.Drain) -> Events:
        left = self._state().environments[action.color].since
        backends = backend_name(self._state().app, action.color, action.generation, "")
        polls = iter(DRAIN_POLLS)
        pause = DRAIN_POLLS[0]
        while True:
            traffic = await self._services.router.traffic(self._state().app)
            if active_on(traffic, backends) == 0:
                seconds = max(0.0, self._services.clock() - left)
                event = e.DrainFinished(action.color, action.generation, seconds, traffic)
                return [(event, "the router reports nothing under way on it")]
            pause = next(polls, pause)
            await asyncio.sleep(pause)

    async def _stop_environment(self, action: a.StopEnvironment) -> Events:
        state = self._state()
        environment = state.environments[action.color]
        # First out of preview and failover, so that nothing new comes to it.
        await self._prepare_anyhow()
        backends = backend_name(state.app, action.color, action.generation, "")
        traffic = await self._drained(backends, action.drain_until)
        cut = active_on(traffic, backends)
        # What was under way is cut here, once, before the instances end: none of them is reached half-stopped.
        self._leaving.add((action.color, action.generation))
        await self._prepare_anyhow()
        specs = self._services.instances.of_environment(state, environment, live_only=False)
        specs += self._services.instances.of_environment(state, environment, live_only=True)
        killed = await self._stop_all(specs)
        stopped = e.EnvironmentStopped(action.color, action.generation, cut, killed, traffic)
        return [(stopped, f"{cut} streams cut" if cut else "nothing was under way on it")]

    async def _drained(self, backends: str, until: float) -> Mapping[str, Traffic]:
        """Wait until nothing is under way on the backends of this prefix, or until its time has passed."""
        while True:
            traffic = await self.traffic()
            if active_on(traffic, backends) == 0 or self._services.clock() >= until:
                return traffic
            await asyncio.sleep(0.1)

    async def _stop_all(self, specs: Sequence[InstanceSpec]) -> int:
        outcomes = await asyncio.gather(*(self._services.runtime.stop(spec.id, spec.stop) for spec in specs))
        return sum(outcome.killed for outcome in outcomes)

    async def _move_live_components(self, action: a.MoveLiveComponents) -> Events:
        state = self._state()
        old, new = state.environments[action.color.other], state.environments[action.color]
        await self._stop_all(self._services.instances.of_environment(state, old, live_only=True))
        # Supervised without waiting: the route never waits for these, and a crashing one is shown as such.
        for spec in self._services.instances.of_environment(state, new, live_only=True):
            await self._services.runtime.resume(spec)
        return [(e.LiveComponentsMoved(action.color), f"they run in {action.color} only")]

    # --- shared components

    async def _start_shared(self, action: a.StartShared) -> Events:
        state = self._state()
        release = state.releases[action.release]
        run = _new_copy(state, action)
        endpoints = await self._start_all(self._services.instances.of_shared(state, run))
        digest = release.shared[action.component]
        event = e.SharedStarted(action.deployment, action.component, digest, release.number, endpoints)
        return [(event, "its instances are ready")]

    async def _move_shared(self, action: a.MoveShared) -> Events:
        state = self._state()
        old, new = state.shared[action.component], state.shared[action.component + REPLACEMENT]
        moved = {**state.shared, action.component: new, action.component + REPLACEMENT: old}
        await self.prepare(shared=moved)
        until = self._services.clock() + state.releases[new.release].spec.switch.drain
        name = backend_name(state.app, "shared", old.generation, action.component)
        cut = active_on(await self._drained(name, until), name)
        await self._stop_all(self._services.instances.of_shared(state, old))
        await self.prepare(shared={k: v for k, v in moved.items() if k != action.component + REPLACEMENT})
        reason = f"both environments use the copy of r{new.release}"
        return [(e.SharedMoved(action.deployment, action.component, cut), reason)]

    async def _stop_shared(self, action: a.StopShared) -> Events:
        state = self._state()
        await self._stop_all(self._services.instances.of_shared(state, state.shared[action.component]))
        await self.prepare(shared={k: v for k, v in state.shared.items() if k != action.component})
        return [(e.SharedStopped(action.component), "it is not needed any more")]

    # --- the router

    async def prepare(
        self,
        starting: Mapping[Color, Endpoints] | None = None,
        shared: Mapping[str, SharedRun] | None = None,
    ) -> None:
        """Tell the router everything but the route, as the state has it, with what is about to be recorded."""
        async with self._preparing:
            state = self._state()
            for color, environment in state.environments.items():
                if (color, environment.generation) in self._leaving:
                    state = replace(state, environments={**state.environments, color: Environment(color)})
            if shared is not None:
                state = replace(state, shared=shared)
            wanted = routing(state, self._services.port_of, starting)
            if wanted is not None:
                await self._services.router.prepare(wanted)
                self._prepared = wanted

    async def _prepare_anyhow(self) -> None:
        """The same, for what is to be ended: that something else is ill or gone must not keep it running."""
        with contextlib.suppress(TemporaryError):
            await self.prepare()

    async def keep_prepared(self) -> None:
        """Tell the router what has changed by itself, such as a standby that may take over now."""
        if routing(self._state(), self._services.port_of) != self._prepared:
            await self.prepare()

    async def traffic(self) -> Mapping[str, Traffic]:
        """The router's counters; empty, and so unknown, when it does not answer."""
        with contextlib.suppress(BluegreenError):
            return await self._services.router.traffic(self._state().app)
        return {}


def _new_copy(state: AppState, action: a.StartShared) -> SharedRun:
    digest = state.releases[action.release].shared[action.component]
    return SharedRun(action.component, digest, action.release, action.deployment)


def active_on(traffic: Mapping[str, Traffic], backends: str) -> int:
    """Requests and streams under way on all backends whose name begins so."""
    return sum(counters.active for name, counters in traffic.items() if name.startswith(backends))
