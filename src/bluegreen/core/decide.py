"""What is to be done now: a pure function of the state and the time.

The design page names one action; here it is a small set, because three things go on side by side and must not wait
for one another: the deployment, the environments that users have left, and the live components. Within each of these
lanes there is one action at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.after_evidence import after_evidence, completed
from bluegreen.core.evolve import LEFT, REPLACEMENT
from bluegreen.core.model import AppState, Color, Deployment, EnvironmentState, Kind, Phase, Result, Route
from bluegreen.core.model_needs import is_complete, tended
from bluegreen.core.serving import may_serve
from bluegreen.core.steps import shift_of, watch_of
from bluegreen.core.taking import lacking, waits_for


@dataclass(frozen=True)
class Plan:
    """The actions that are wanted now, and when to ask again even if nothing has happened (None: not needed)."""

    actions: tuple[a.Action, ...] = ()
    wake_at: float | None = None


@dataclass(frozen=True)
class _Wait:
    until: float


def decide(state: AppState, now: float) -> Plan:
    """The actions that the state asks for at ``now`` (seconds since 1970)."""
    wanted: list[a.Action | _Wait] = []
    if state.going_down:
        wanted += _go_down(state)
    else:
        if state.deployment is not None:
            wanted += _deployment(state, state.deployment, now)
        wanted += _unconfirmed(state)
        wanted += tended(state)
        wanted += _live_components(state)
        wanted += _unused_copies(state)
    for color in Color:
        wanted += _left_environment(state, color, now)
    waits = [w.until for w in wanted if isinstance(w, _Wait)]
    return Plan(tuple(w for w in wanted if not isinstance(w, _Wait)), min(waits, default=None))


# --- the deployment ---------------------------------------------------------------------------------------------------


def _deployment(state: AppState, d: Deployment, now: float) -> Iterator[a.Action | _Wait]:
    match d.phase:
        case Phase.BUILDING:
            yield a.Build(d.number, d.release)
        case Phase.STARTING if d.what is Kind.SHARED:
            assert d.component is not None
            # What an earlier deployment left under this name ends first.
            if d.component + REPLACEMENT not in state.shared:
                yield a.StartShared(d.number, d.release, d.component)
        case Phase.STARTING:
            yield from _start(state, d)
        case Phase.VERIFYING:
            yield a.Verify(d.number, d.release, d.color)
        case Phase.AWAITING_APPROVAL:
            deadline = d.phase_since + state.releases[d.release].spec.approve_within
            if now < deadline:
                yield _Wait(deadline)
            else:
                yield a.End(d.number, Result.ABORTED, "nobody approved it in time")
        case Phase.SWITCHING if d.what is Kind.SHARED:
            yield from _replace_shared(state, d)
        case Phase.SWITCHING:
            yield from _switch(state, d, now)
        case Phase.WATCHING:
            yield from _watch(state, d, now)
        case Phase.ROLLING_BACK:
            yield from _roll_back(state, d, now)


def _start(state: AppState, d: Deployment) -> Iterator[a.Action]:
    spec = state.releases[d.release].spec
    missing = [c.name for c in spec.shared if c.name not in state.shared]
    environment = state.environments[d.color]
    if missing:
        yield a.StartShared(d.number, d.release, missing[0])
    elif lacking(state, state.releases[d.release]):
        return  # `tended` loads them, while the environment that this one replaces is still warm
    elif (hook := _hook(state, d, "before_start")) is not None:
        yield hook
    elif environment.state is EnvironmentState.EMPTY:
        yield a.Record(e.EnvironmentStarting(d.number, d.color, d.release), "the idle environment is empty")
    elif environment.generation == d.number:
        yield a.StartEnvironment(d.number, d.release, d.color)
    elif environment.state is not EnvironmentState.STOPPING:
        event = e.EnvironmentStopping(d.color, environment.generation)
        yield a.Record(event, f"deployment {d.number} needs the {d.color} environment")


def _replace_shared(state: AppState, d: Deployment) -> Iterator[a.Action]:
    assert d.component is not None
    replacement = d.component + REPLACEMENT
    if replacement in state.shared and not is_complete(state, replacement):
        return  # `tended` loads what the environments need before they are led to it
    if replacement in state.shared:
        yield a.MoveShared(d.number, d.component)
    elif d.component + LEFT not in state.shared:
        yield a.End(d.number, Result.COMPLETED, f"both environments use the new {d.component}")


def _hook(state: AppState, d: Deployment, name: a.HookName) -> a.RunHook | None:
    command = getattr(state.releases[d.release].spec.hooks, name)
    going_back_at_once = d.instant and name.startswith("before_")
    if command is None or name in d.hooks or going_back_at_once:
        return None
    return a.RunHook(d.number, d.release, name, d.color)


def _switch(state: AppState, d: Deployment, now: float) -> Iterator[a.Action]:
    hook = _hook(state, d, "before_switch") if d.step == 0 else None
    if hook is not None:
        yield hook
        return
    if not may_serve(state, d.color):
        yield a.Record(e.RollbackStarted(d.number), "its environment is not verified under the release's digest")
        return
    if waits_for(state, d.color, back=d.what is Kind.ROLLBACK):
        return  # a shared component has ended meanwhile: `tended` loads them again
    if d.step == 0 and state.baseline is None and watch_of(state, d) is not None:
        yield a.TakeBaseline(d.number)
        return
    share = shift_of(state, d)[d.step]
    shares = {d.color: share} if share == 100 else {d.color: share, d.color.other: 100 - share}
    yield _towards(state, d, shares, now, f"{d.color} takes {share} %")


def _towards(state: AppState, d: Deployment, shares: dict[Color, int], now: float, reason: str) -> a.Action:
    """Record the wish for a route, and once that is on record, make it true."""
    pending = state.unconfirmed
    if pending is None or dict(pending.shares) != shares:
        return a.Record(e.RouteRequested(state.epoch + 1, shares, d.number), reason)
    return a.SetRoute(pending, _way_back(state, d, pending), d.number, state.requested_at)


def _way_back(state: AppState, d: Deployment, route: Route) -> Route | None:
    back = d.color.other if d.phase is not Phase.ROLLING_BACK else d.color
    return Route(route.epoch + 1, {back: 100}) if may_serve(state, back) else None


def _watch(state: AppState, d: Deployment, now: float) -> Iterator[a.Action | _Wait]:
    """After a step: the hook when it was the last one, then on as time or the guards allow."""
    last = d.step >= len(shift_of(state, d))
    hook = _hook(state, d, "after_rollback" if d.what is Kind.ROLLBACK else "after_switch") if last else None
    if hook is not None:
        yield hook
    if state.watching is not None:
        yield from after_evidence(state, d, state.watching, ready=hook is None)
    elif last:
        yield from () if hook else (completed(d, d.not_judged),)
    elif now < (until := d.phase_since + state.releases[d.release].spec.switch.hold):
        yield _Wait(until)
    else:
        yield a.Record(e.StepAllowed(d.number, d.step), f"{shift_of(state, d)[d.step - 1]} % held")


def _roll_back(state: AppState, d: Deployment, now: float) -> Iterator[a.Action]:
    back = d.color.other
    shares = {back: 100} if may_serve(state, back) else {}
    if state.confirmed is None and state.requested is None:
        yield a.End(d.number, Result.FAILED, d.reason)  # the route was never touched
    elif state.confirmed is None or dict(state.confirmed.shares) != shares or state.unconfirmed is not None:
        asked_for = state.requested is not None and dict(state.requested.shares) == shares
        if shares and not asked_for and state.routed(d.color) and waits_for(state, back, back=True):
            return  # users are answered where they are: `tended` loads what they would miss there
        yield _towards(state, d, shares, now, d.reason)
    else:
        hook = _hook(state, d, "after_rollback")
        yield hook or a.End(d.number, Result.ROLLED_BACK, d.reason)


# --- side lanes -------------------------------------------------------------------------------------------------------


def _left_environment(state: AppState, color: Color, now: float) -> Iterator[a.Action | _Wait]:
    """An environment that users have left: let it drain, keep it warm, stop it when its time has come."""
    environment = state.environments[color]
    if environment.state is EnvironmentState.EMPTY or state.routed(color):
        return
    spec = state.spec_of(color)
    assert spec is not None
    if environment.state is EnvironmentState.STOPPING:
        drain_until = environment.since + spec.switch.drain if not environment.drained else 0.0
        yield a.StopEnvironment(color, environment.generation, drain_until)
        return
    if state.going_down:
        yield a.Record(e.EnvironmentStopping(color, environment.generation), "the application goes down")
        return
    if environment.state is EnvironmentState.DRAINING:
        yield a.Drain(color, environment.generation)
    wanted = state.deployment is not None and state.deployment.color is color
    if environment.keep_until is None or wanted:
        return
    if now < environment.keep_until:
        yield _Wait(environment.keep_until)
    elif state.deployment is None:
        yield a.Record(e.EnvironmentStopping(color, environment.generation), "its time to be kept warm has passed")


def _unconfirmed(state: AppState) -> Iterator[a.Action]:
    """A route that was asked for outside of a deployment's own steps: a repair after a restart, or a failover."""
    moving = state.deployment is not None and state.deployment.phase in (Phase.SWITCHING, Phase.ROLLING_BACK)
    if state.unconfirmed is not None and not moving:
        yield a.SetRoute(state.unconfirmed, None, None, state.requested_at)


def _live_components(state: AppState) -> Iterator[a.Action]:
    color = state.live
    if color is None or state.active is color or state.unconfirmed is not None:
        return
    specs = (state.spec_of(c) for c in Color)
    if any(component.active == "live" for spec in specs if spec for component in spec.components):
        yield a.MoveLiveComponents(color, state.environments[color].generation)


def _unused_copies(state: AppState) -> Iterator[a.Action]:
    """Copies of shared components that were replaced, and replacements whose deployment ended before they were used."""
    for key, run in state.shared.items():
        ours = state.deployment is not None and state.deployment.number == run.generation
        if key.endswith(LEFT) or (key.endswith(REPLACEMENT) and not ours):
            yield a.StopShared(key)


def _go_down(state: AppState) -> Iterator[a.Action]:
    if state.down:
        return
    if state.requested is not None and state.requested.shares:
        yield a.Record(e.RouteRequested(state.epoch + 1, {}), "the application goes down")
    elif state.unconfirmed is not None:
        yield a.SetRoute(state.unconfirmed, None, None, state.requested_at)
    elif all(env.state is EnvironmentState.EMPTY for env in state.environments.values()):
        yield from (a.StopShared(key) for key in state.shared)
        if not state.shared:
            yield a.CloseAddress()
