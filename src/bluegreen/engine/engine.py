"""All applications of one controller, and what people ask of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import structlog

from bluegreen.core import commands, freezes
from bluegreen.core import events as e
from bluegreen.core.commands import Outcome
from bluegreen.core.errors import InvalidInput, NotFound
from bluegreen.core.flag_changes import flag_changes
from bluegreen.core.flag_merge import Merged
from bluegreen.core.model import AppState, Color, Release
from bluegreen.core.output import Mask
from bluegreen.core.router_specs import RouterSpec
from bluegreen.core.unload import unload
from bluegreen.core.verdict import Verdict
from bluegreen.engine.answers import Answers
from bluegreen.engine.application import CONTROLLER, Application, is_over, users_are_back
from bluegreen.engine.build import build
from bluegreen.engine.fit import refuse_unless_it_fits
from bluegreen.engine.flags import flags_in_file, with_edits, with_flags
from bluegreen.engine.instances import expected_runs
from bluegreen.engine.kept_answers import KeptAnswers
from bluegreen.engine.live import Live
from bluegreen.engine.local_time import moment
from bluegreen.engine.model_digests import models_of
from bluegreen.engine.notifications import Notifications
from bluegreen.engine.pulse import Pulse
from bluegreen.engine.recorder import Recorder
from bluegreen.engine.releases import built_digest, shared_digest
from bluegreen.engine.requests import Begun, Edited, FlagRequest, Request
from bluegreen.engine.retention import removable
from bluegreen.engine.routers import Routers
from bluegreen.engine.routing import router_of
from bluegreen.engine.sampling import Sampling
from bluegreen.engine.services import Services
from bluegreen.engine.standby import standby_is_healthy
from bluegreen.engine.watch import Observation
from bluegreen.routers.base import Measurement
from bluegreen.runtimes.base import InstanceSpec, InstanceStatus

log = structlog.get_logger()

DOWN_WITHIN = 120.0
"""Seconds that an application has to go down, beside its drain and what its components take to end."""
UNUSED_KEPT = 24 * 3600.0
"""Seconds for which an artifact is kept that was sent, but of which no release was made."""
CONFIRM_WITHIN = 10.0
"""Seconds that the answer to an instant rollback waits for the confirmed route."""


class Engine:
    """Starts, finds and steers applications."""

    def __init__(self, services: Services) -> None:
        # To everybody else there is one router; which one an application has is in its state.
        services = replace(services, router=Routers(services.router, services.home, self._router_of))
        self.services = services
        self.applications: dict[str, Application] = {}
        self._upkeep: asyncio.Task[None] | None = None
        self.answers = Answers(services.scorer, services.store.folder)
        self.sampling = Sampling(services.scorer, self.answers)
        self.kept_answers = KeptAnswers(services.home, services.scorer, self.answers)
        self.recorder = Recorder(self._states, services.business_events, services.clock, self.answers.totals)
        self.notifications = Notifications(services)
        self.pulse = Pulse(services.router, self.recorder.take, self._measured)
        self._followed = contextlib.ExitStack()
        self._following = False
        self.live = Live(services, self.pulse, lambda: self.applications.values())
        self._coming: list[Release] = []
        """Releases that are being taken in, and not on record yet: what they need is kept."""

    async def start(self) -> None:
        """Take over what runs: the router first, since it serves users; then every application at once."""
        services = self.services
        services.store.clear_uploads()
        services.runtime.on_change = self._instance_changed
        if services.scorer is not None:
            services.scorer.on_change = self._look_again
        services.runtime.restore_folder = self._restore_folder
        await services.router.start()
        names = await services.journal.apps()
        self.applications = {name: self._application(name) for name in names}
        await asyncio.gather(*(app.start(recovering=True) for app in self.applications.values()))
        await self.notifications.start(self.applications.values())
        self.pulse.start()
        self._upkeep = asyncio.create_task(self._keep_tidy(), name="upkeep")

    async def close(self) -> None:
        """Stop steering. Applications and the router go on serving."""
        self.live.close()
        if self._upkeep is not None:
            self._upkeep.cancel()
        await self.pulse.close()
        await self.notifications.close()
        await asyncio.gather(*(app.close() for app in self.applications.values()))
        if self.services.scorer is not None:
            await self.services.scorer.close()
        await self.services.runtime.close()
        await self.services.router.close()
        await self.services.journal.close()

    def _states(self) -> Sequence[AppState]:
        return [app.state for app in self.applications.values()]

    def _router_of(self, name: str) -> RouterSpec | None:
        app = self.applications.get(name)
        return router_of(app.state) if app is not None else None

    def _application(self, name: str) -> Application:
        app = Application(self.services, Observation(self.pulse, self.recorder, self.answers, self.sampling), name)
        app.history.listeners.append(partial(self.live.take, name))
        app.history.listeners.append(lambda entries: self._follow(app, entries))
        return app

    def _measured(self, measurement: Measurement) -> None:
        self.sampling.take(measurement)
        self._look_again()

    def _look_again(self) -> None:
        """What is sampled may have changed."""
        for app in self.applications.values():
            if self.sampling.has_changed(app.state):
                app.tell_router()

    def _follow(self, app: Application, entries: Sequence[e.Entry]) -> None:
        """What is to be sampled of an application may have changed, and how often it is to be known how much comes."""
        for event in (entry.event for entry in entries):
            if isinstance(event, e.Judged) and event.verdict is Verdict.BLOCK:
                kept = self.kept_answers.keep(app.state, event, self.services.clock(), self.mask(app.name))
                app.beside(kept, "keeping the evidence of an alarm")
        self.sampling.follow(app.state)
        if not self.sampling.is_on:
            self._followed.close()
        elif self._following is False:
            self._followed.enter_context(self.pulse.followed())
        self._following = self.sampling.is_on

    def application(self, name: str) -> Application:
        """Raises NotFound."""
        if name not in self.applications:
            known = ", ".join(sorted(self.applications)) or "none"
            raise NotFound(
                f"There is no application `{name}` here.", why=f"Known are: {known}.", cure="Run `bluegreen deploy`."
            )
        return self.applications[name]

    def _instance_changed(self, status: InstanceStatus) -> None:
        if status.id.app in self.applications:
            self.applications[status.id.app].instance_changed(status)

    async def _restore_folder(self, spec: InstanceSpec) -> None:
        """Somebody deleted a release's folder: put it in place again before an instance is started there."""
        release = self.application(spec.id.app).state.releases[spec.release]
        await build(self.services, spec.id.app, release)

    def mask(self, name: str) -> Mask:
        """Hides the secrets of an application wherever output is shown."""
        return Mask(self.services.instances.all_secrets(self.application(name).state))

    # --- commands

    async def deploy(self, request: Request, actor: str) -> Begun:
        """Take a release in and begin its deployment.

        Raises:
            Refused, InvalidInput: nothing was changed.
        """
        spec, store = request.spec, self.services.store
        if not store.has_artifact(request.artifact):
            raise InvalidInput(
                "The artifact was not sent.", why=f"Nothing is kept under {request.artifact}.", cure="Send it first."
            )
        secrets = {name: dict(values) for name, values in request.secrets.items() if values}
        unknown = set(secrets) - {component.name for component in spec.components}
        if unknown:
            raise InvalidInput(f"Secrets were sent for unknown components: {', '.join(sorted(unknown))}.")
        refuse_unless_it_fits(spec, {name: app.state for name, app in self.applications.items()}, self.services.router)
        flags = await asyncio.to_thread(flags_in_file, store, request.artifact, spec.flags) if spec.flags else ""
        hashed = store.keyed_hash(secrets)
        built = built_digest(request.artifact, spec, hashed)
        models = await asyncio.to_thread(models_of, store, request.artifact, spec)
        release = Release(
            number=0,
            digest="",  # told by the flags, and those by what is live
            built=built,
            artifact=request.artifact,
            spec=spec,
            secrets=hashed,
            flags_in_file=flags,
            models=models,
            shared={c.name: shared_digest(request.artifact, c) for c in spec.shared},
            message=request.message,
            at=self.services.clock(),
        )
        self._coming.append(release)
        try:
            store.keep_secrets(spec.app, hashed, secrets)
            return await self._begin(release, request, actor)
        finally:
            self._coming.remove(release)

    async def _begin(self, release: Release, request: Request, actor: str) -> Begun:
        app = await self._open(release.spec.app)
        after = app.state.seq
        taken: list[tuple[Release, Merged]] = []

        def asked(state: AppState) -> Outcome:
            taken[:] = [with_flags(state, release)]
            return self._deploy(state, taken[0][0], request)

        outcome = await app.command(asked, actor)
        wanted, flags = taken[0]
        return Begun(outcome, _recorded(app, wanted), after, flags)

    def _deploy(self, state: AppState, wanted: Release, how: Request | FlagRequest) -> Outcome:
        return commands.deploy(
            state,
            wanted,
            moment=moment(self.services.clock(), how.override),
            supersede=how.supersede,
            keep_failed=how.keep_failed,
            component=how.component,
        )

    async def edit_flags(self, name: str, request: FlagRequest, actor: str) -> Edited:
        """Begin the deployment of the live release with other flags.

        Raises Refused, NotFound, InvalidInput: nothing was changed.
        """
        app = self.application(name)
        after = app.state.seq
        taken: list[Edited] = []

        def asked(state: AppState) -> Outcome:
            wanted, notices = with_edits(state, request.edits)
            wanted = replace(wanted, message=request.message, at=self.services.clock())
            live = state.live_release
            assert live is not None
            changes = flag_changes(live.flags, wanted.flags)
            unchanged = Outcome(notice=f"{live.name} has these flags already: nothing was to be changed.")
            outcome = self._deploy(state, wanted, request) if changes else unchanged
            taken[:] = [Edited(outcome, wanted if changes else live, after, changes, notices)]
            return outcome

        await app.command(asked, actor)
        return replace(taken[0], release=_recorded(app, taken[0].release))

    async def _open(self, name: str) -> Application:
        if name not in self.applications:
            self.applications[name] = self._application(name)
            try:
                await self.applications[name].start(recovering=False)
            except BaseException:
                del self.applications[name]
                raise
            self.notifications.follow(self.applications[name])
        return self.applications[name]

    async def rollback(self, name: str, to: int | None, actor: str) -> Outcome:
        """Lead users back; when that is instant, this returns with the route confirmed (or after a bounded wait)."""
        app = self.application(name)
        healthy = standby_is_healthy(app.state, await self.services.runtime.instances(name))
        outcome = await app.command(partial(commands.rollback, to=to, standby_healthy=healthy), actor)
        number = outcome.deployment
        if number is not None and await self._leads_back_at_once(app, number):
            await app.until(lambda s: users_are_back(s, number) or is_over(number)(s), CONFIRM_WITHIN)
        return outcome

    async def _leads_back_at_once(self, app: Application, number: int) -> bool:
        d = app.state.deployment
        return d is None or (d.number == number and (d.instant or d.phase.value == "rolling back"))

    async def approve(self, name: str, number: int | None, actor: str, *, override: str = "") -> Outcome:
        asked = partial(commands.approve, number=number, actor=actor, moment=moment(self.services.clock(), override))
        return await self.application(name).command(asked, actor)

    async def abort(self, name: str, number: int | None, actor: str) -> Outcome:
        return await self.application(name).command(partial(commands.abort, number=number), actor)

    async def lock(self, name: str, why: str, actor: str) -> Outcome:
        app = await self._open(name)
        return await app.command(partial(commands.lock, why=why), actor)

    async def unlock(self, name: str, actor: str) -> Outcome:
        return await self.application(name).command(commands.unlock, actor)

    async def freeze(self, name: str, why: str, start: float | None, until: float | None, actor: str) -> Outcome:
        asked = partial(freezes.freeze, why=why, now=self.services.clock(), start=start, until=until)
        return await self.application(name).command(asked, actor)

    async def unfreeze(self, name: str, actor: str) -> Outcome:
        return await self.application(name).command(freezes.unfreeze, actor)

    async def unload_model(self, name: str, revision: str, actor: str) -> Outcome:
        return await self.application(name).command(partial(unload, name=revision), actor)

    async def down(self, name: str, actor: str) -> Outcome:
        return await self.application(name).command(commands.down, actor)

    async def down_all(self, actor: str) -> None:
        """Take every application down, each as slowly as its file asks, then end the router's data plane."""
        apps = list(self.applications.values())
        for app in apps:
            await self.down(app.name, actor)
        await asyncio.gather(*(app.until(lambda s: s.down, DOWN_WITHIN + _longest_end(app.state)) for app in apps))
        await self.services.router.remove(None)

    # --- upkeep

    async def _keep_tidy(self) -> None:
        """Now and then: mend what was missed, and delete releases that are no longer kept."""
        while True:
            await asyncio.sleep(10.0)
            for app in list(self.applications.values()):
                self.services.business_events.keep_only(app.name, expected_runs(app.state))
                await asyncio.to_thread(self.kept_answers.delete_old, app.name, self.services.clock())
                try:
                    await app.tend()
                    await self._remove_old(app)
                except Exception:
                    log.exception("upkeep failed", app=app.name)
            with contextlib.suppress(OSError):  # next time, then
                used = {release.artifact for release in self._all_releases()}
                self.services.store.drop_unused(used, self.services.clock() - UNUSED_KEPT)

    async def _remove_old(self, app: Application) -> None:
        while releases := removable(app.state):
            release = releases[0]
            removed = e.ReleaseRemoved(release.number)

            def needless(state: AppState, release: Release = release) -> bool:
                return release in removable(state)

            if await app.history.append([(removed, "no longer kept")], CONTROLLER, provided=needless):
                await self._delete(app.name, release)

    async def _delete(self, app: str, release: Release) -> None:
        store = self.services.store
        async with store.lock(app, release):
            others = self._all_releases()
            if all(other.digest != release.digest for other in others):
                await asyncio.to_thread(store.remove, app, release, others=others)

    def _all_releases(self) -> Sequence[Release]:
        return [*self._coming, *(r for app in self.applications.values() for r in app.state.releases.values())]


def _recorded(app: Application, wanted: Release) -> Release:
    """The release on record that has the same content."""
    return next(r for r in app.state.releases.values() if r.digest == wanted.digest)


def _longest_end(state: AppState) -> float:
    """Seconds that the drain and the end of the slowest component may take."""
    specs = [spec for spec in map(state.spec_of, Color) if spec is not None]
    specs += [state.releases[run.release].spec for run in state.shared.values()]
    return max((s.switch.drain + max(c.stop.within for c in s.components) for s in specs), default=0.0)
