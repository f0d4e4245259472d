"""What people may ask for, and when it is refused. Each gives the events that follow, in order, or raises `Refused`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bluegreen.core import events as e
from bluegreen.core.approval import needs_another_person
from bluegreen.core.blame import naming_flags
from bluegreen.core.closing import Moment, refuse_while_closed
from bluegreen.core.errors import InvalidInput, NotFound, Refused
from bluegreen.core.evolve import REPLACEMENT
from bluegreen.core.model import AppState, Deployment, Kind, Phase, Release, Result
from bluegreen.core.model_needs import refuse_taken_names
from bluegreen.core.serving import may_serve, standby_may_take_over
from bluegreen.core.steps import shift_of, watch_of
from bluegreen.core.taking import waits_for
from bluegreen.core.verdict import Verdict

BEFORE_SWITCH = (Phase.QUEUED, Phase.BUILDING, Phase.STARTING, Phase.VERIFYING, Phase.AWAITING_APPROVAL)
"""Phases in which users have seen nothing of the deployment."""


@dataclass(frozen=True)
class Outcome:
    """The events that a command leads to; none: nothing was to be changed, and ``notice`` says why."""

    events: tuple[tuple[e.Event, str], ...] = ()
    """Each with its reason."""
    deployment: int | None = None
    notice: str = ""


def release_for(state: AppState, wanted: Release) -> tuple[Release, bool]:
    """The release with the digest of ``wanted``, and whether it is new: equal content keeps its number."""
    for release in state.releases.values():
        if release.digest == wanted.digest:
            return release, False
    highest = max([0, *state.releases, *(d.release for d in state.ended)])
    return replace(wanted, number=highest + 1), True


def deploy(
    state: AppState,
    wanted: Release,
    *,
    moment: Moment,
    supersede: bool = False,
    keep_failed: bool = False,
    component: str | None = None,
) -> Outcome:
    """Bring a release live, or (``component``) replace one shared component by the one of this release.

    Raises:
        Refused: the application is locked, frozen or going down, or a deployment is under way that may not be
            superseded.
        InvalidInput: ``component`` is not a shared component of the release, or a model's name is taken.
    """
    _refuse_when_locked(state)
    _refuse_while_going_down(state)
    override = refuse_while_closed(state, wanted.spec, moment)
    made_room = _make_room(state, supersede)
    release, new = release_for(state, wanted)
    refuse_taken_names(state, release)
    if component is not None:
        _refuse_unless_replaceable(state, release, component)
    number = next_number(state)
    request = e.DeploymentRequested(
        number,
        release.number,
        Kind.SHARED if component else Kind.DEPLOY,
        state.idle,
        message=wanted.message,
        keep_failed=keep_failed,
        supersedes=supersede,
        component=component,
        override=override,
    )
    created: list[tuple[e.Event, str]] = [(e.ReleaseCreated(release), wanted.message)] if new else []
    return Outcome((*created, *made_room, (request, wanted.message)), number)


def _refuse_unless_replaceable(state: AppState, release: Release, component: str) -> None:
    names = [c.name for c in release.spec.shared]
    if component not in names:
        cure = f"Its shared components: {', '.join(names) or 'none'}."
        raise InvalidInput(f"{component} is not a shared component of {state.app}.", cure=cure)
    if component not in state.shared:
        cure = "An ordinary `bluegreen deploy` starts it."
        raise Refused(f"The shared component {component} does not run yet.", cure=cure)


def rollback(state: AppState, *, to: int | None = None, standby_healthy: bool = True) -> Outcome:
    """Bring an earlier release back: at once when its environment is warm, else through the idle environment.

    Without ``to``: to the newest completed release other than the live one. Pressed twice it changes nothing.

    Raises:
        Refused: there is nothing to go back to, release ``to`` never had users, or a deployment is under way that users
            have not seen.
        NotFound: release ``to`` does not exist or is no longer kept.
    """
    under_way = state.deployment
    if under_way is not None and to is None:
        return _roll_back_deployment(state, under_way)
    if under_way is not None:
        raise _under_way(under_way, "Wait for it, or end it with `bluegreen abort`.")
    live = state.live_release
    if live is None and to is None:
        raise Refused(f"{state.app} is not live, so there is nothing to go back from.", cure="Run `bluegreen deploy`.")
    if live is not None and to is None:
        last = _last_move(state)
        if last is not None and _went_back(last) and _target_of(last) == live.number:
            when = clock_time(last.ended)
            return Outcome(notice=f"Already back on {live.name} since {when}; `--to` brings back any other release.")
        return _bring_back(state, _way_back(state, live), standby_healthy)
    target = _kept(state, to or 0)
    if live is not None and target.number == live.number:
        return Outcome(notice=f"{target.name} is live already.")
    if not target.served:
        raise Refused(
            f"{target.name} has never had users, so that there is no going back to it.",
            why="A rollback asks nobody to approve, and no window: it only brings back what users had before.",
            cure="`bluegreen deploy` brings it live.",
        )
    return _bring_back(state, target, standby_healthy)


def fail_over(state: AppState) -> Outcome:
    """Every instance of the live environment is dead: make what the router already does the confirmed route.

    Nothing happens unless the release asks for it (``failover``) and the standby is a completed release that is warm.
    A deployment that has not begun to switch, and has not taken the standby, is aborted.
    """
    live = state.live_release
    d = state.deployment
    if live is None or not live.spec.failover or not standby_may_take_over(state):
        return Outcome()
    standby = state.environments[state.idle]
    assert standby.release is not None
    reason = f"every instance of {live.name} is dead, and the router sends users to the standby r{standby.release}"
    ended = [(e.DeploymentEnded(d.number, Result.ABORTED), reason)] if d is not None else []
    number = next_number(state)
    event = e.DeploymentRequested(number, standby.release, Kind.ROLLBACK, state.idle, instant=True)
    return Outcome((*ended, (event, reason)), number)


def take_back_dead(state: AppState) -> Outcome:
    """Every instance of a release under watch, or on the way there, is dead: that needs no statistics.

    Nor does the way back wait for models any more, since nobody is answered meanwhile.
    """
    d = state.deployment
    if d is None or not state.routed(d.color) or not may_serve(state, d.color.other):
        return Outcome()
    reason = f"every instance of r{d.release} that takes users' requests is dead"
    events: list[tuple[e.Event, str]] = []
    if d.phase in (Phase.SWITCHING, Phase.WATCHING) and watch_of(state, d) is not None:
        events.append((e.RollbackStarted(d.number), naming_flags(reason, d)))
    back = {d.color.other: 100}
    asked_for = state.requested is not None and dict(state.requested.shares) == back
    leaving = bool(events) or d.phase is Phase.ROLLING_BACK
    if leaving and not asked_for and waits_for(state, d.color.other, back=True):
        events.append((e.RouteRequested(state.epoch + 1, back, d.number), reason))
    return Outcome(tuple(events), d.number if events else None)


def _bring_back(state: AppState, target: Release, standby_healthy: bool) -> Outcome:
    _refuse_while_going_down(state)
    _refuse_another_address(state, target)
    refuse_taken_names(state, target)
    idle = state.environments[state.idle]
    instant = idle.release == target.number and may_serve(state, state.idle) and standby_healthy
    number = next_number(state)
    event = e.DeploymentRequested(number, target.number, Kind.ROLLBACK, state.idle, instant=instant)
    how = "it is warm" if instant else "through the idle environment"
    return Outcome(((event, f"rollback to {target.name}: {how}"),), number)


def _refuse_another_address(state: AppState, target: Release) -> None:
    live = state.live_release
    if live is None or (live.spec.address, live.spec.tls is None) == (target.spec.address, target.spec.tls is None):
        return
    raise Refused(
        f"{target.name} was at {_address(target)}, and {state.app} is at {_address(live)} now.",
        why="The address of an application never changes while it serves: that would cut every connection.",
        cure=f"Run `bluegreen down` first, then `bluegreen rollback --to {target.name}`.",
    )


def _address(release: Release) -> str:
    return f"{release.spec.address} {'without' if release.spec.tls is None else 'with'} TLS"


def _roll_back_deployment(state: AppState, d: Deployment) -> Outcome:
    if d.phase is Phase.ROLLING_BACK:
        return Outcome(notice=f"Deployment {d.number} is rolling back already.", deployment=d.number)
    if d.what is Kind.ROLLBACK:
        return Outcome(notice=f"Deployment {d.number} is going back to r{d.release} already.", deployment=d.number)
    if d.phase in BEFORE_SWITCH or d.what is Kind.SHARED:
        raise _under_way(d, "Users have seen nothing of it: `bluegreen abort` ends it.")
    if d.previous is None:
        raise Refused("This is the first release: there is none to go back to.", cure="`bluegreen down` stops it.")
    return Outcome(((e.RollbackStarted(d.number), naming_flags("asked for", d)),), d.number)


def _way_back(state: AppState, live: Release) -> Release:
    completed = [r for r in state.releases.values() if r.status is Result.COMPLETED and r.number != live.number]
    if not completed:
        raise Refused(
            f"There is no completed release to go back to from {live.name}.",
            cure="`bluegreen history` lists the releases; `bluegreen rollback --to rN` brings back any that had users.",
        )
    return max(completed, key=lambda r: r.number)


def _kept(state: AppState, number: int) -> Release:
    if number not in state.releases:
        kept = ", ".join(r.name for r in state.releases.values())
        raise NotFound(f"Release r{number} of {state.app} is not kept.", cure=f"Kept are: {kept or 'none'}.")
    return state.releases[number]


def _last_move(state: AppState) -> Deployment | None:
    """The last deployment after which users were not where they had been, or which was taken back."""
    return next((d for d in reversed(state.ended) if d.what is not Kind.SHARED and _moved(d)), None)


def _moved(d: Deployment) -> bool:
    taken_back = d.result is Result.ROLLED_BACK and d.what is Kind.DEPLOY
    return d.result is Result.COMPLETED or taken_back


def _went_back(d: Deployment) -> bool:
    return d.result is Result.ROLLED_BACK or d.what is Kind.ROLLBACK


def _target_of(d: Deployment) -> int | None:
    return d.previous if d.result is Result.ROLLED_BACK else d.release


def approve(state: AppState, number: int | None = None, *, actor: str, moment: Moment) -> Outcome:
    """Let the deployment under way go on: to the switch, or after a watch that could not tell.

    Raises Refused when none waits for that, when ``actor`` deployed it and another person has to agree, and when users
    would be moved while deployments are frozen.
    """
    d = _current(state, number)
    _refuse_same_person(state, d, actor)
    if state.watching is not None and state.watching.held:
        return Outcome(((e.Approved(d.number), "approved"),), d.number)
    if d.phase is not Phase.AWAITING_APPROVAL:
        raise Refused(f"Deployment {d.number} does not wait for approval: it is {d.phase}.")
    override = d.override or refuse_while_closed(state, state.releases[d.release].spec, moment)
    return Outcome(((e.Approved(d.number, override), "approved"),), d.number)


def _refuse_same_person(state: AppState, d: Deployment, actor: str) -> None:
    if d.actor == actor and needs_another_person(state, d):
        raise Refused(
            f"{actor} has deployed this, so another person has to approve it.",
            why="The file of the release, or of the one that is live, says `approve_by: another person`.",
            cure="Ask somebody with the role approver or admin.",
        )


def abort(state: AppState, number: int | None = None) -> Outcome:
    """End the deployment under way; once it has begun to switch, that means to roll it back.

    Raises:
        Refused: none is under way, or it replaces a shared component and both environments use that already.
    """
    d = _current(state, number)
    if d.phase is Phase.SWITCHING and d.component is not None and d.component + REPLACEMENT not in state.shared:
        raise _under_way(d, f"Both environments use the new {d.component} already: wait for its end.")
    if d.phase is Phase.ROLLING_BACK:
        return Outcome(notice=f"Deployment {d.number} is rolling back already.", deployment=d.number)
    if d.phase in BEFORE_SWITCH or d.what is Kind.SHARED:
        return Outcome(((e.DeploymentEnded(d.number, Result.ABORTED), "aborted"),), d.number)
    return Outcome(((e.RollbackStarted(d.number), naming_flags("aborted", d)),), d.number)


def lock(state: AppState, why: str) -> Outcome:
    """Let no deployment start; rollbacks are still allowed. Raises Refused when it is locked already."""
    if state.lock is not None:
        raise _locked(state)
    return Outcome(((e.Locked(why), why),))


def unlock(state: AppState) -> Outcome:
    if state.lock is None:
        return Outcome(notice=f"{state.app} is not locked.")
    return Outcome(((e.Unlocked(), f"was locked: {state.lock.why}"),))


def down(state: AppState) -> Outcome:
    """Stop the application: its address stops answering, and everything of it is ended."""
    if state.down:
        return Outcome(notice=f"{state.app} is down already.")
    ended: list[tuple[e.Event, str]] = []
    for d in (state.deployment, state.queued):
        if d is not None:
            ended.append((e.DeploymentEnded(d.number, Result.ABORTED), "the application goes down"))
    return Outcome((*ended, (e.DownRequested(), "asked for")))


def next_number(state: AppState) -> int:
    """The number of the next deployment; deployments count from 1."""
    known = [d.number for d in (*state.ended[-1:], state.deployment, state.queued) if d is not None]
    return max(known, default=0) + 1


def _current(state: AppState, number: int | None) -> Deployment:
    d = state.deployment
    if d is None:
        raise Refused(f"No deployment of {state.app} is under way.", cure="`bluegreen history` shows the ended ones.")
    if number is not None and number != d.number:
        raise Refused(f"Deployment {number} has ended; deployment {d.number} is under way.")
    return d


def _make_room(state: AppState, supersede: bool) -> tuple[tuple[e.Event, str], ...]:
    d = state.deployment
    if d is None:
        return ()
    if not supersede:
        raise _under_way(d, "Wait for it, end it with `bluegreen abort`, or take its place with `--supersede`.")
    number = next_number(state)
    reason = f"superseded by deployment {number}"
    if state.queued is not None:
        raise Refused(
            f"Deployment {state.queued.number} already waits to take the place of deployment {d.number}.",
            cure="Wait until that has begun.",
        )
    if d.phase in BEFORE_SWITCH:
        return ((e.DeploymentEnded(d.number, Result.ABORTED), reason),)
    # A release that has regressed must not become one to go back to.
    regressed = state.watching is not None and state.watching.judged is Verdict.BLOCK
    if d.phase is Phase.WATCHING and d.step >= len(shift_of(state, d)) and not regressed:
        return ((e.DeploymentEnded(d.number, Result.COMPLETED), reason + ", not judged to its end"),)
    # A rollback is waited for: to end it would lead users back to what they are being taken from.
    if d.phase is Phase.ROLLING_BACK or d.what in (Kind.SHARED, Kind.ROLLBACK):
        return ()
    return ((e.RollbackStarted(d.number), reason),)


def _refuse_when_locked(state: AppState) -> None:
    if state.lock is not None:
        raise _locked(state)


def _refuse_while_going_down(state: AppState) -> None:
    # What is half stopped can be neither used nor trusted: it is ended first.
    if state.going_down and not state.down:
        raise Refused(f"{state.app} is going down.", cure="Wait until `bluegreen status` says that it is down.")


def _locked(state: AppState) -> Refused:
    assert state.lock is not None
    since = clock_time(state.lock.since)
    return Refused(
        f"{state.app} is locked by {state.lock.actor} since {since}: {state.lock.why}",
        cure="`bluegreen unlock` opens it again; `bluegreen rollback` works in spite of the lock.",
    )


def _under_way(d: Deployment, cure: str) -> Refused:
    since = clock_time(d.at)
    return Refused(f"Deployment {d.number} (r{d.release}) by {d.actor} is {d.phase} since {since}.", cure=cure)


def clock_time(at: float | None) -> str:
    """A moment for people, in UTC, such as ``2026-01-31 10:15:00 UTC``."""
    return "an unknown time" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def warm_release(state: AppState, *, standby_healthy: bool = True) -> Mapping[str, object] | None:
    """What `rollback` would do now, for `status`: the release, and whether that is instant. None: nothing."""
    try:
        outcome = rollback(state, standby_healthy=standby_healthy)
    except (Refused, NotFound):
        return None
    for event, _ in outcome.events:
        if isinstance(event, e.DeploymentRequested):
            return {"release": event.release, "instant": event.instant}
        if isinstance(event, e.RollbackStarted) and state.deployment is not None:
            return {"release": state.deployment.previous, "instant": True}
    return None
