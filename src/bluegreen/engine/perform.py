"""Carries out actions. Each may be done again after a crash; each gives the events that record what was observed."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bluegreen.checks.base import Reach, Target
from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.model import AppState, Color, Kind
from bluegreen.engine.build import build, run_hook
from bluegreen.engine.checking import Checking, Report
from bluegreen.engine.copies import copies
from bluegreen.engine.environments import Environments
from bluegreen.engine.front import Front
from bluegreen.engine.models import Models
from bluegreen.engine.reach import instances_of
from bluegreen.engine.routing import routing
from bluegreen.engine.services import Events, Services
from bluegreen.engine.shared import SharedComponents
from bluegreen.engine.unwritten import Record
from bluegreen.engine.watch import Observation, Watcher
from bluegreen.routers.base import StaleEpoch


class Performer:
    """Carries out the actions of one application."""

    def __init__(
        self,
        services: Services,
        observation: Observation,
        state: Callable[[], AppState],
        report: Report,
        record: Record,
    ) -> None:
        self._services = services
        self._state = state
        self.checking = Checking(services, report)
        self.front = Front(services, state, observation.sampling.of)
        self.watcher = Watcher(services, observation, state, record)
        environments = Environments(services, state, self.front)
        shared = SharedComponents(services, state, self.front)
        models = Models(services, state)
        self._handlers: Mapping[type[a.Action], Callable[[Any], Awaitable[Events]]] = {
            a.Build: self._build,
            a.RunHook: self._hook,
            a.StartShared: shared.start,
            a.MoveShared: shared.move,
            a.StopShared: shared.stop,
            a.LoadModel: models.load,
            a.UnloadModel: models.unload,
            a.StartEnvironment: environments.start,
            a.Verify: self._verify,
            a.TakeBaseline: self.watcher.take_baseline,
            a.GatherEvidence: self.watcher.gather,
            a.ProbeStandby: self.watcher.probe,
            a.SetRoute: self._set_route,
            a.End: self._end,
            a.Drain: environments.drain,
            a.StopEnvironment: environments.stop,
            a.MoveLiveComponents: environments.move_live_components,
            a.CloseAddress: self._close_address,
        }

    async def perform(self, action: a.Action) -> Events:
        """Do it, and give what was observed.

        Raises:
            TemporaryError: it may succeed later.
            PermanentError: it would fail again in the same way.
        """
        return await self._handlers[type(action)](action)

    async def _end(self, action: a.End) -> Events:
        traffic = await self.front.traffic()
        return [(e.DeploymentEnded(action.deployment, action.result, traffic), action.reason)]

    async def _close_address(self, action: a.CloseAddress) -> Events:
        await self._services.router.remove(self._state().app)
        return [(e.WentDown(), "nothing of it runs any more")]

    # --- before the switch

    async def _build(self, action: a.Build) -> Events:
        state = self._state()
        release = state.releases[action.release]
        # An address that cannot be had is found now, not after a build of ten minutes.
        await self.front.prepare()
        evidence = await build(self._services, state.app, release)
        return [(e.Built(action.deployment, await self.front.traffic(), evidence), "the release's folder is complete")]

    async def _hook(self, action: a.RunHook) -> Events:
        state = self._state()
        evidence = await run_hook(self._services, state, action)
        return [(e.HookFinished(action.deployment, action.hook, True, evidence), f"{action.hook} succeeded")]

    async def _verify(self, action: a.Verify) -> Events:
        state = self._state()
        release = state.releases[action.release]
        await self.front.prepare()
        target = self._target(state, action.color)
        findings, refused = await self.checking.run(action.deployment, release.spec.verify, target)
        if refused:
            more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
            raise PermanentError(
                f"Check `{refused[0].check}`: {refused[0].reason}{more}",
                why="Users saw nothing of this release.",
                cure=f"`bluegreen show {action.deployment}` has the evidence. {self._way_to_look(state)}",
            )
        reason = f"{len(findings)} checks passed" if findings else "it is ready, and the file asks for no checks"
        traffic = await self.front.traffic()
        return [(e.Verified(action.deployment, action.color, release.digest, traffic), reason)]

    def _way_to_look(self, state: AppState) -> str:
        kept = state.deployment is not None and state.deployment.keep_failed
        return "It is kept running for a look." if kept else "`--keep-failed` would keep it running for a look."

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
            secrets=self._services.instances.secret_values(state.app, release, color, environment.generation),
            app=state.app,
            idle=_reach(state, color),
            live=_compared_with(state),
            copies=functools.partial(copies, self.front),
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


def _compared_with(state: AppState) -> Reach | None:
    """The live environment; on the way back nothing, since what users are to be taken from is no measure."""
    back = state.deployment is not None and state.deployment.what is Kind.ROLLBACK
    return _reach(state, state.live) if state.live is not None and not back else None


def _reach(state: AppState, color: Color) -> Reach:
    return Reach(f"r{state.environments[color].release}", instances_of(state, color))
