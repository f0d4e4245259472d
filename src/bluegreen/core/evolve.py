"""What an event means: the state after it. Total, deterministic, and the only way in which state changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bluegreen.core import events as e
from bluegreen.core.approval import needs_approval
from bluegreen.core.evolve_models import with_models
from bluegreen.core.flag_changes import FlagChange, flag_changes
from bluegreen.core.model import (
    AppState,
    Color,
    Deployment,
    Environment,
    EnvironmentState,
    Freeze,
    Kind,
    Lock,
    Phase,
    Release,
    Result,
    Route,
    SharedRun,
)
from bluegreen.core.steps import judging_of
from bluegreen.core.verdict import Verdict
from bluegreen.core.watching import Watching, begin_watching

REPLACEMENT = "+"
"""Marks the copy of a shared component that is not in use yet, as in ``ranker+``."""
LEFT = "~"
"""Marks the copy that is no longer in use and is to be stopped, as in ``ranker~``."""

WatchEvent = e.Watched | e.WatchResumed | e.WatchExtended | e.StandbyProbed | e.Judged | e.WatchHeld


def evolve(state: AppState, entry: e.Entry) -> AppState:
    """The state after one entry of the history."""
    return replace(_apply(state, entry, entry.event), seq=entry.seq)


def _apply(state: AppState, entry: e.Entry, event: e.Event) -> AppState:
    match event:
        case e.ReleaseCreated(release):
            return _with_release(state, release)
        case e.ReleaseRemoved(number):
            return replace(state, releases={n: r for n, r in state.releases.items() if n != number})
        case e.Locked() | e.Unlocked() | e.Frozen() | e.Unfrozen():
            return _held_up(state, entry, event)
        case e.DownRequested():
            return replace(state, going_down=True)
        case e.WentDown():
            return replace(
                state,
                down=True,
                requested=None,
                confirmed=None,
                in_doubt=frozenset(),
                active=None,
                shared={},
                environments=_all_empty(),
            )
        case e.LiveComponentsMoved(color):
            return replace(state, active=color)
        case e.LiveComponentsUnknown():
            return replace(state, active=None)
        case e.Watched() | e.WatchResumed() | e.WatchExtended() | e.StandbyProbed() | e.Judged() | e.WatchHeld():
            return _watched(state, entry, event)
        case e.SharedStarted() | e.SharedMoved() | e.SharedStopped() | e.SharedReturned():
            return _shared(state, entry, event)
        case e.ModelLoading() | e.ModelLoaded() | e.ModelsLost() | e.ModelUnloading() | e.ModelUnloaded():
            return with_models(state, entry, event)
        case e.RouteRequested() | e.RouteConfirmed() | e.RouteObserved():
            return _route(state, entry, event)
        case e.DrainFinished() | e.EnvironmentStopping() | e.EnvironmentStopped() | e.EnvironmentMoved():
            return _environment(state, entry, event)
        case _:
            return _deployment(state, entry, event)


def _held_up(state: AppState, entry: e.Entry, event: e.Locked | e.Unlocked | e.Frozen | e.Unfrozen) -> AppState:
    match event:
        case e.Locked(why):
            return replace(state, lock=Lock(why, entry.actor, entry.at))
        case e.Unlocked():
            return replace(state, lock=None)
        case e.Frozen(why, start, until):
            return replace(state, freeze=Freeze(why, entry.actor, entry.at, start, until))
        case e.Unfrozen():
            return replace(state, freeze=None)


def _all_empty() -> Mapping[Color, Environment]:
    return {color: Environment(color) for color in Color}


def _with_release(state: AppState, release: Release) -> AppState:
    return replace(state, releases={**state.releases, release.number: release})


def _with_environment(state: AppState, environment: Environment) -> AppState:
    return replace(state, environments={**state.environments, environment.color: environment})


# --- routes -----------------------------------------------------------------------------------------------------------


def _route(state: AppState, entry: e.Entry, event: e.RouteRequested | e.RouteConfirmed | e.RouteObserved) -> AppState:
    route = Route(event.epoch, dict(event.shares))
    if isinstance(event, e.RouteRequested):
        in_doubt = state.in_doubt | {color for color in Color if route.share(color) > 0}
        return replace(state, epoch=event.epoch, requested=route, requested_at=entry.at, in_doubt=in_doubt)
    before = state
    state = replace(state, epoch=max(state.epoch, route.epoch), confirmed=route)
    if isinstance(event, e.RouteObserved):
        state = replace(state, requested=route)
    if state.requested == route:
        state = replace(state, in_doubt=frozenset())
    for color in Color:
        state = _with_environment(state, _routed(before, route, color, entry.at))
        state = _with_served(state, route, color)
    if route.sole is not None and route.sole is not state.active:
        # In doubt from here on until it is recorded: a move that is cut short half-way must be seen to be one.
        state = replace(state, active=None)
    return _step_confirmed(state, entry, event) if isinstance(event, e.RouteConfirmed) else state


def _with_served(state: AppState, route: Route, color: Color) -> AppState:
    release = state.releases.get(state.environments[color].release or 0)
    if release is None or release.served or not route.share(color):
        return state
    return _with_release(state, replace(release, served=True))


def _step_confirmed(state: AppState, entry: e.Entry, event: e.RouteConfirmed) -> AppState:
    deployment = state.deployment
    if deployment is None or deployment.phase is not Phase.SWITCHING or event.deployment != deployment.number:
        return state  # a repair is no step of a deployment
    deployment = replace(deployment, phase=Phase.WATCHING, phase_since=entry.at, step=deployment.step + 1)
    judging = judging_of(state, deployment)
    watching = begin_watching(deployment.step, judging, state.baseline, entry.at) if judging else None
    return replace(state, deployment=deployment, watching=watching)


def _routed(before: AppState, route: Route, color: Color, at: float) -> Environment:
    """The environment after a route is in force: live when it has a share, draining when it may have lost one."""
    environment = before.environments[color]
    if environment.state is EnvironmentState.EMPTY:
        return environment
    if route.share(color) > 0:
        if environment.state is EnvironmentState.LIVE:
            return environment
        return replace(environment, state=EnvironmentState.LIVE, since=at, drained=False, keep_until=None)
    if before.routed(color) and environment.state in (EnvironmentState.LIVE, EnvironmentState.READY):
        return replace(environment, state=EnvironmentState.DRAINING, since=at, drained=False)
    return environment


# --- environments -----------------------------------------------------------------------------------------------------


def _environment(
    state: AppState,
    entry: e.Entry,
    event: e.DrainFinished | e.EnvironmentStopping | e.EnvironmentStopped | e.EnvironmentMoved,
) -> AppState:
    environment = state.environments[event.color]
    if environment.generation != event.generation:
        return state
    match event:
        case e.DrainFinished():
            standby = environment.state is EnvironmentState.DRAINING
            state_now = EnvironmentState.STANDBY if standby else environment.state
            return _with_environment(state, replace(environment, state=state_now, drained=True))
        case e.EnvironmentMoved(endpoints=endpoints):
            return _with_environment(state, replace(environment, endpoints=endpoints))
        case e.EnvironmentStopping():
            return _with_environment(state, replace(environment, state=EnvironmentState.STOPPING))
        case e.EnvironmentStopped():
            active = None if state.active is event.color else state.active
            return _with_environment(replace(state, active=active), Environment(event.color))


# --- shared components ------------------------------------------------------------------------------------------------


def _shared(
    state: AppState, entry: e.Entry, event: e.SharedStarted | e.SharedMoved | e.SharedStopped | e.SharedReturned
) -> AppState:
    shared = dict(state.shared)
    match event:
        case e.SharedStarted(deployment, component, digest, release, endpoints):
            key = component + REPLACEMENT if component in shared else component
            shared[key] = SharedRun(component, digest, release, deployment, endpoints)
            state = replace(state, shared=shared)
            d = state.deployment
            ours = d is not None and d.what is Kind.SHARED and d.number == deployment
            return _enter(state, _after_verifying(state, d), entry.at) if ours and d is not None else state
        case e.SharedMoved(_, component):
            shared[component + LEFT] = shared[component]
            shared[component] = shared.pop(component + REPLACEMENT)
        case e.SharedStopped(component):
            shared.pop(component, None)
        case e.SharedReturned(key, generation, endpoints):
            if key in shared and shared[key].generation == generation:
                shared[key] = replace(shared[key], endpoints=endpoints)
    return replace(state, shared=shared)


# --- deployments ------------------------------------------------------------------------------------------------------


def _deployment(state: AppState, entry: e.Entry, event: e.Event) -> AppState:
    if isinstance(event, e.DeploymentRequested):
        return _request(state, entry, event)
    deployment = state.deployment
    if deployment is None or getattr(event, "deployment", None) != deployment.number:
        return state
    match event:
        case e.Built():
            return _enter(state, Phase.STARTING, entry.at)
        case e.EnvironmentStarting(number, color, release):
            started = Environment(color, EnvironmentState.STARTING, release, number, since=entry.at, began=entry.at)
            return _with_environment(state, started)
        case e.EnvironmentStarted(_, color, endpoints):
            environment = replace(state.environments[color], state=EnvironmentState.READY, since=entry.at)
            state = _with_environment(state, replace(environment, endpoints=endpoints))
            return _enter(state, Phase.VERIFYING, entry.at)
        case e.Verified(_, color, digest):
            state = _with_environment(state, replace(state.environments[color], verified=digest))
            return _enter(state, _after_verifying(state, deployment), entry.at)
        case e.Approved() if state.watching is not None:
            return replace(state, watching=replace(state.watching, approved=True))
        case e.Approved():
            state = replace(state, deployment=replace(deployment, approved=True))
            return _enter(state, Phase.SWITCHING, entry.at)
        case e.HookFinished(_, hook):
            return replace(state, deployment=replace(deployment, hooks=(*deployment.hooks, hook)))
        case e.BaselineTaken(_, baseline):
            return replace(state, baseline=baseline)
        case e.StepAllowed():
            healthy = state.watching is None or state.watching.verdict is Verdict.ALLOW
            deployment = replace(deployment, not_judged="" if healthy else entry.reason)
            return _enter(replace(state, deployment=deployment), Phase.SWITCHING, entry.at)
        case e.RollbackStarted():
            return _enter(state, Phase.ROLLING_BACK, entry.at, entry.reason)
        case e.DeploymentEnded(_, result):
            return _end(state, deployment, result, entry)
    return state


def _watched(state: AppState, entry: e.Entry, event: WatchEvent) -> AppState:
    """What is written down of another step, or after the watch has ended, changes nothing."""
    ours = state.deployment is not None and state.deployment.number == event.deployment
    if state.watching is None or not ours or state.watching.step != event.step:
        return state
    return replace(state, watching=_watch(state.watching, entry, event))


def _watch(watching: Watching, entry: e.Entry, event: WatchEvent) -> Watching:
    match event:
        case e.Watched(ticks=ticks):
            return watching.take(ticks)
        case e.WatchResumed(missed=missed):
            return replace(watching, missed=watching.missed + missed, last_at=entry.at)
        case e.WatchExtended():
            return replace(watching, extended=watching.extended + 1)
        case e.StandbyProbed(verdict=verdict):
            return replace(watching, standby=verdict)
        case e.Judged(verdict=verdict):
            return replace(watching, judged=verdict)
        case e.WatchHeld():
            return replace(watching, held=entry.reason)


def _enter(state: AppState, phase: Phase, at: float, reason: str = "") -> AppState:
    assert state.deployment is not None
    deployment = replace(state.deployment, phase=phase, phase_since=at, reason=reason or state.deployment.reason)
    return replace(state, deployment=deployment, watching=None)


def _after_verifying(state: AppState, deployment: Deployment) -> Phase:
    if needs_approval(state, deployment) and not deployment.approved:
        return Phase.AWAITING_APPROVAL
    return Phase.SWITCHING


def _request(state: AppState, entry: e.Entry, event: e.DeploymentRequested) -> AppState:
    live = state.live_release
    deployment = Deployment(
        number=event.deployment,
        release=event.release,
        what=event.what,
        phase=Phase.QUEUED,
        color=event.color,
        actor=entry.actor,
        at=entry.at,
        message=event.message,
        keep_failed=event.keep_failed,
        supersedes=event.supersedes,
        component=event.component,
        override=event.override,
        instant=event.instant,
        previous=live.number if live else None,
        phase_since=entry.at,
        seq=entry.seq,
        flags=_flags(state, event.what, event.release),
    )
    if state.deployment is not None:
        return replace(state, queued=deployment)
    return _begin(replace(state, going_down=False, down=False), deployment, entry.at)


def _flags(state: AppState, what: Kind, number: int) -> tuple[FlagChange, ...]:
    """Kept with the deployment: the releases are not, in the long run."""
    live, release = state.live_release, state.releases.get(number)
    if live is None or release is None or what is Kind.SHARED:
        return ()
    return flag_changes(live.flags, release.flags)


def _begin(state: AppState, deployment: Deployment, at: float) -> AppState:
    phase = Phase.SWITCHING if deployment.instant else Phase.BUILDING
    return replace(state, deployment=replace(deployment, phase=phase, phase_since=at))


def _end(state: AppState, deployment: Deployment, result: Result, entry: e.Entry) -> AppState:
    ended = replace(
        deployment, phase=Phase.ENDED, result=result, reason=entry.reason or deployment.reason, ended=entry.at
    )
    state = replace(state, deployment=None, ended=(*state.ended, ended), baseline=None, watching=None)
    if deployment.what is not Kind.SHARED:
        state = _with_statuses(state, deployment, result)
        state = _leave_environments(state, deployment, result, entry.at)
    if state.queued is None:
        return state
    live = state.live_release
    previous = live.number if live else None
    flags = _flags(state, state.queued.what, state.queued.release)
    queued = replace(state.queued, color=state.idle, previous=previous, flags=flags)
    return _begin(replace(state, queued=None), queued, entry.at)


def _with_statuses(state: AppState, deployment: Deployment, result: Result) -> AppState:
    """Remember how each release fared: only a completed one may be rolled back to."""
    live = state.live_release
    release = state.releases[deployment.release]
    still_live = live is not None and live.number == release.number
    # A rollback that came to nothing says nothing against the release that it was to bring back.
    says_nothing = result is Result.ABORTED or (deployment.what is Kind.ROLLBACK and result is Result.ROLLED_BACK)
    if result is Result.COMPLETED or not (says_nothing or still_live):
        state = _with_release(state, replace(release, status=result))
    left = deployment.previous
    rolled_back = deployment.what is Kind.ROLLBACK and result is Result.COMPLETED
    if rolled_back and left is not None and left != deployment.release and left in state.releases:
        # Going back further than one release also takes back every one in between: none of them is a way back.
        for number, other in state.releases.items():
            if deployment.release < number <= left and other.status is Result.COMPLETED:
                state = _with_release(state, replace(other, status=Result.ROLLED_BACK))
    return state


def _leave_environments(state: AppState, deployment: Deployment, result: Result, at: float) -> AppState:
    keep_until = at + state.releases[deployment.release].spec.keep
    for environment in state.environments.values():
        if environment.state is EnvironmentState.EMPTY or state.routed(environment.color):
            continue
        ours = environment.generation == deployment.number
        never_live = environment.state in (EnvironmentState.STARTING, EnvironmentState.READY)
        if ours and never_live and not deployment.keep_failed:
            environment = replace(environment, state=EnvironmentState.STOPPING)
        elif ours and never_live:
            environment = replace(environment, keep_until=keep_until, kept=True, verified=None)
        elif environment.keep_until is None and state.live is None:
            # The first release was taken back: its live components must not go on without users.
            environment = replace(environment, state=EnvironmentState.STOPPING)
        elif environment.keep_until is None:
            environment = replace(environment, keep_until=keep_until)
        state = _with_environment(state, environment)
    return state
