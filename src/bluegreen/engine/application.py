"""One application's loop: decide, perform, append; and stop performing what is no longer wanted."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import structlog

from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.commands import Outcome, fail_over, take_back_dead
from bluegreen.core.decide import decide
from bluegreen.core.errors import BluegreenError, TemporaryError
from bluegreen.core.failures import after_failure
from bluegreen.core.model import AppState, Color, Kind, Phase, Result
from bluegreen.engine.history import History
from bluegreen.engine.lanes import lane
from bluegreen.engine.lost_models import note_lost
from bluegreen.engine.perform import Performer
from bluegreen.engine.recent import Recent
from bluegreen.engine.recovery import read_back, recover, stop_leftovers
from bluegreen.engine.services import Events, Services
from bluegreen.engine.trouble import classified
from bluegreen.engine.watch import Observation
from bluegreen.runtimes.base import InstanceState, InstanceStatus
from bluegreen.system.faults import point

log = structlog.get_logger()

CONTROLLER = "bluegreen"
"""The actor of what the controller does by itself."""
LONGEST_PAUSE = 15.0
READ_BACK_WITHIN = 5.0
"""Seconds that a start waits for the route in force; what needs longer goes on beside."""
GIVE_UP_AFTER = 60.0
"""Seconds of temporary errors after which a deployment's own action counts as failed. Going back never gives up."""


class Application:
    """Holds one application's history and carries out what is decided."""

    def __init__(self, services: Services, observation: Observation, name: str) -> None:
        self.name = name
        self._services = services
        self.sampling = observation.sampling
        self.history = History(services.journal, name, services.clock)
        self.recent = Recent()
        self.history.listeners.append(self.recent.take)
        self.performer = Performer(
            services, observation, lambda: self.state, self._report_patiently, self._record_evidence
        )
        self._running: list[tuple[a.Action, asyncio.Task[None]]] = []
        self._beside: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None
        self._in_line = asyncio.Event()
        """Set once the world was found as it is."""
        self.troubles: dict[str, str] = {}
        """What is being tried again just now, by the action's name: shown by `status`."""

    @property
    def state(self) -> AppState:
        return self.history.state

    async def start(self, *, recovering: bool) -> None:
        """Load the history, find the world as it is, and begin to carry out."""
        await self.history.load()
        found = bool(recovering and self.state.seq and not self.state.down)
        if found:
            await recover(self._services, self.history, self.performer)
        self._loop = asyncio.create_task(self._run(found), name=f"application {self.name}")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READ_BACK_WITHIN):
                await self._in_line.wait()

    async def close(self) -> None:
        """Stop carrying out; nothing of the application is touched."""
        tasks = [self._loop] if self._loop else []
        tasks += [task for _, task in self._running]
        tasks += self._beside
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def command(self, decide_outcome: Callable[[AppState], Outcome], actor: str) -> Outcome:
        """Carry out what a person asked for; decided again when something else came in between.

        Raises what the command raises, and JournalFull.
        """
        while True:
            state = self.state
            outcome = decide_outcome(state)
            if not outcome.events:
                return outcome
            events = await self._with_counters(outcome.events)
            # Not its place in the journal: with the disk full that stays while the state moves on.
            if await self.history.append(events, actor, provided=lambda now, decided_on=state: now is decided_on):  # type: ignore[misc]
                return outcome

    async def until(self, condition: Callable[[AppState], bool], within: float) -> bool:
        """Wait until the state fulfils a condition; False when it does not in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within), self.history.appended:
                await self.history.appended.wait_for(lambda: condition(self.state))
                return True
        return condition(self.state)

    def tell_router(self) -> None:
        """Something that the router must know may have changed by itself; nothing that an action is about to tell."""
        if self._in_line.is_set() and self._is_at_rest(decide(self.state, self._services.clock()).actions):
            self.beside(self.performer.front.keep_prepared(), "telling the router what has changed")

    def instance_changed(self, status: InstanceStatus) -> None:
        """Called by the runtime when an instance crashed, or runs again."""
        if status.id.place == "shared":
            self.beside(note_lost(self._services, self.history), "looking for models that were lost")
        if status.state is InstanceState.CRASHED:
            self.beside(self._instance_crashed(status), "an instance crashed")

    async def _instance_crashed(self, status: InstanceStatus) -> None:
        id, d = status.id, self.state.deployment
        if d is not None and id.place == d.color and await self._is_dead(d.color):
            await self.command(take_back_dead, CONTROLLER)
        live = self.state.live
        spec = self.state.spec_of(live) if live else None
        if live is not None and spec is not None and spec.failover and id.place == live and await self._is_dead(live):
            await self.command(fail_over, CONTROLLER)
        event = e.InstanceCrashed(id.place, id.component, id.index, status.exit, status.restarts)
        await self._report(event, status.exit or "it ended by itself")

    async def _is_dead(self, color: Color) -> bool:
        """Whether a component that takes users' requests has no instance left in an environment."""
        environment, spec = self.state.environments[color], self.state.spec_of(color)
        statuses = await self._services.runtime.instances(self.name)
        alive = {
            s.id.component
            for s in statuses
            if s.id.place == color and s.id.generation == environment.generation and s.state is InstanceState.READY
        }
        components = spec.per_environment if spec else ()
        return any(component.receives and component.name not in alive for component in components)

    def beside(self, work: Coroutine[Any, Any, object], what: str) -> None:
        """Do something beside the loop; what fails is logged, never lost."""

        async def guarded() -> None:
            try:
                await work
            except Exception:
                log.exception("failed", app=self.name, what=what)

        task = asyncio.create_task(guarded(), name=what)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)
        task.add_done_callback(lambda _: work.close())  # where it was cancelled before it began

    async def _report(self, event: e.Event, reason: str) -> None:
        await self.history.append([(event, reason)], CONTROLLER)

    async def _record_evidence(self, events: Events, provided: Callable[[AppState], bool]) -> bool:
        return await self.history.append(events, CONTROLLER, provided=provided)

    async def _report_patiently(self, event: e.Event, reason: str) -> None:
        """What an action reports on its way is no reason to begin it again."""
        while True:
            try:
                return await self._report(event, reason)
            except BluegreenError as error:
                self.troubles["journal"] = error.what
            await asyncio.sleep(1.0)

    # --- the loop

    async def _run(self, found: bool) -> None:
        if found:
            await self._read_back()
        self._in_line.set()
        while True:
            self.history.changed.clear()
            try:
                wake_at = await self._step()
            except Exception:
                log.exception("deciding failed", app=self.name)
                wake_at = self._services.clock() + 1.0
            pause = None if wake_at is None else max(0.0, wake_at - self._services.clock())
            # Not wait_for: before Python 3.12 that could swallow a cancellation.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self.history.changed.wait()

    async def _read_back(self) -> None:
        """Nothing is carried out before the route in force is known: it is read, never assumed."""
        while True:
            try:
                await read_back(self._services, self.history)
                break
            except Exception as raised:
                error = classified(raised)
            log.error("the route in force is not known", app=self.name, error=str(error))
            self.troubles["route"] = error.what
            await asyncio.sleep(1.0)
        self.troubles.pop("route", None)

    async def tend(self) -> None:
        """Put right what nothing else comes back to: instances that nobody asked for, what the router has missed."""
        if self._in_line.is_set():
            await stop_leftovers(self._services, lambda: self.state)
            await note_lost(self._services, self.history)
            self._keep_told(decide(self.state, self._services.clock()).actions)

    async def _step(self) -> float | None:
        """Record what is due, then bring what is running in line with what is wanted. When to look again."""
        await self._write_down()
        plan = decide(self.state, self._services.clock())
        # What is to be recorded now is recorded at the next look, and only then: it follows from the state.
        later = (a.Record, a.UnloadModel) if self.history.unsaved else a.Record
        # Nor is anything taken away while the intent to do so could be forgotten.
        wanted = tuple(action for action in plan.actions if not isinstance(action, later))
        self._align(wanted)
        self._keep_told(plan.actions)
        late = self.history.unsaved or len(wanted) < len(plan.actions)
        times = [at for at in (plan.wake_at, self._services.clock() + 1.0 if late else None) if at is not None]
        return min(times, default=None)

    async def _write_down(self) -> None:
        """Record what is due, and what could not be written so far. What cannot holds up nothing else."""
        try:
            # What follows may be taken without being written down; what is late may not hold it up.
            if any(isinstance(action, a.Record) for action in decide(self.state, self._services.clock()).actions):
                await self.history.append([], CONTROLLER)
            if self.history.unsaved:
                await self.history.save_rest()
            self.troubles.pop("journal", None)
        except BluegreenError as error:
            log.error("the journal cannot be written", app=self.name, error=str(error))
            self.troubles["journal"] = error.what

    def _keep_told(self, wanted: tuple[a.Action, ...]) -> None:
        """What has changed by itself; where an action tells the router more, only what cannot wait for its end."""
        front = self.performer.front
        telling = front.keep_prepared() if self._is_at_rest(wanted) else front.keep_taking()
        self.beside(telling, "telling the router what has changed")

    def _is_at_rest(self, wanted: tuple[a.Action, ...]) -> bool:
        """Whether no action tells the router about environments just now."""
        resting = (a.Drain, a.End, a.MoveLiveComponents, a.GatherEvidence, a.LoadModel, a.UnloadModel)
        return bool(self.state.confirmed) and all(isinstance(action, resting) for action in wanted)

    def _align(self, wanted: tuple[a.Action, ...]) -> None:
        for action, task in self._running:
            if action not in wanted and not task.done():
                task.cancel()
        self._running = [(action, task) for action, task in self._running if not task.done()]
        for action in wanted:
            if not any(action == other and not task.cancelling() for other, task in self._running):
                in_the_way = [task for other, task in self._running if lane(other) == lane(action)]
                task = asyncio.create_task(self._carry_out(action, in_the_way), name=type(action).__name__)
                task.add_done_callback(self._look_again)
                self._running.append((action, task))

    def _look_again(self, task: asyncio.Task[None]) -> None:
        """An action that broke off in a way that nobody foresaw is begun again: whatever is wanted is never dropped."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an action broke off", app=self.name, action=task.get_name(), exc_info=error)
            asyncio.get_running_loop().call_later(1.0, self.history.changed.set)

    async def _carry_out(self, action: a.Action, in_the_way: list[asyncio.Task[None]]) -> None:
        if in_the_way:
            await asyncio.wait(in_the_way)
        name = type(action).__name__
        try:
            await self._try_until_done(action, name)
        finally:
            self.troubles.pop(name, None)

    async def _try_until_done(self, action: a.Action, name: str) -> None:
        now = asyncio.get_running_loop().time
        began, attempt = now(), 0
        while True:
            try:
                point(f"before {name}")
                events = await self.performer.perform(action)
                point(f"after {name}")
                return await self._record(action, events)
            except Exception as raised:
                error = classified(raised)
            attempt += 1
            if await self._gave_up(action, error, now() - began):
                return
            self.troubles[name] = error.what
            if attempt == 1:
                await self._note(action, error)
            pause = error.retry_after if isinstance(error, TemporaryError) else 1.0
            await asyncio.sleep(min(pause * 1.5 ** (attempt - 1), LONGEST_PAUSE))

    async def _gave_up(self, action: a.Action, error: BluegreenError, trying: float) -> bool:
        """Record the failure where that is the end of it."""
        patient = isinstance(error, TemporaryError) and trying < GIVE_UP_AFTER
        follow = None if patient else after_failure(self.state, action, error)
        if follow is None:
            return False
        await self._record(action, await self._with_counters(follow))
        return True

    async def _record(self, action: a.Action, events: Events) -> None:
        """Append what was observed. What has been done is not done again because there is no room to write it down.

        Nothing is appended when the action is not wanted any more: what came in between must not be undone by it.
        """

        def wanted(state: AppState) -> bool:
            return action in decide(state, self._services.clock()).actions

        while True:
            try:
                if not await self.history.append(events, CONTROLLER, provided=wanted):
                    self.history.changed.set()  # what is wanted instead may be a matter of time only
                return
            except BluegreenError as error:
                self.troubles["journal"] = error.what
            await asyncio.sleep(1.0)

    async def _with_counters(self, events: Events) -> Events:
        """What users got belongs in the receipt of a deployment that did not end well above all."""
        if not any(isinstance(event, e.DeploymentEnded) for event, _ in events):
            return events
        traffic = await self.performer.front.traffic()
        return [(replace(ev, traffic=traffic) if isinstance(ev, e.DeploymentEnded) else ev, why) for ev, why in events]

    async def _note(self, action: a.Action, error: BluegreenError) -> None:
        log.warning("trying again", app=self.name, action=type(action).__name__, error=str(error))
        evidence = {"what": error.what, "why": error.why, "cure": error.cure}
        with contextlib.suppress(BluegreenError):
            await self._report(e.ActionFailed(type(action).__name__, evidence), error.what)


def is_over(number: int) -> Callable[[AppState], bool]:
    """Whether that deployment has ended."""
    return lambda state: any(d.number == number for d in state.ended)


def users_are_back(state: AppState, number: int) -> bool:
    """Whether the route that a rollback asked for is confirmed: its own, or that of the deployment it took back."""
    under_way = (d for d in (state.deployment,) if d is not None)
    d = next((d for d in (*under_way, *reversed(state.ended)) if d.number == number), None)
    if d is None:
        return False
    if d.result is not None:
        return d.result is (Result.COMPLETED if d.what is Kind.ROLLBACK else Result.ROLLED_BACK)
    if state.unconfirmed is not None:
        return False
    if d.what is Kind.ROLLBACK:
        return d.phase is Phase.WATCHING
    left = state.confirmed is not None and not state.confirmed.share(d.color)
    return d.phase is Phase.ROLLING_BACK and left
