"""Which entries of the history are worth telling people, who do not look at it, and who is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bluegreen.core import events as e
from bluegreen.core.model import AppState, Deployment, EnvironmentState, Kind, Result
from bluegreen.core.news import News, is_asked_for
from bluegreen.core.spec import AppSpec

CONTROLLER = "bluegreen"
"""The actor of what no person asked for."""
OLD = 24 * 3600.0
"""Seconds after which what happened is no news any more."""
_TROUBLES = ("SetRoute", "MoveLiveComponents")
"""Actions that users or workers wait for: to try them again is worth telling at once."""
_SERVING = (EnvironmentState.LIVE, EnvironmentState.DRAINING, EnvironmentState.STANDBY)
_RESULTS = {
    Result.COMPLETED: News.COMPLETED,
    Result.FAILED: News.FAILED,
    Result.ABORTED: News.ABORTED,
    Result.ROLLED_BACK: News.ROLLED_BACK,
}


@dataclass(frozen=True)
class Announcement:
    """What is told, before it is known to whom."""

    app: str
    key: str
    """Tells it from every other one of the application, also after a restart."""
    at: float
    """When it happened, in seconds since 1970."""
    news: News
    title: str
    """One short line that stands by itself."""
    text: str
    """Why, what users saw, and what to do next."""
    page: str
    """Of the dashboard: what the link leads to."""
    seq: int | None = None
    """The entry of the journal; None: it is not in there."""
    deployment: int | None = None
    release: str | None = None
    actor: str = CONTROLLER
    reason: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """What users saw: JSON values."""


def news_of(state: AppState, entry: e.Entry, now: float) -> News | None:
    """What an entry is news of; None: it need not be told. ``state`` has that entry, and maybe later ones."""
    if now - entry.at > OLD:
        return None
    match entry.event:
        case e.DeploymentRequested(what=Kind.ROLLBACK) if entry.actor == CONTROLLER:
            return News.FAILOVER
        case e.DeploymentRequested():
            return News.STARTED
        case e.Verified(number):
            return News.APPROVAL if _waits(state, deployment_of(state, number)) else None
        case e.RouteConfirmed(shares=shares, deployment=number) if number is not None:
            d = deployment_of(state, number)
            forward = d is not None and d.what is Kind.DEPLOY and shares.get(d.color) == 100
            return News.SWITCHED if forward else None
        case e.DeploymentEnded(number, result):
            return _end(deployment_of(state, number), result)
        case e.InstanceCrashed(place):
            return News.CRASHED if _is_missed(state, place) else None
        case e.ActionFailed(action):
            return News.TROUBLE if action in _TROUBLES else None
        case _:
            return _SIMPLE.get(type(entry.event))


_SIMPLE: Mapping[type, News] = {
    e.WatchHeld: News.HELD,
    e.RouteObserved: News.TROUBLE,
    e.Locked: News.LOCKED,
    e.Unlocked: News.UNLOCKED,
    e.Frozen: News.FROZEN,
    e.Unfrozen: News.UNFROZEN,
    e.DownRequested: News.DOWN,
}


def _waits(state: AppState, d: Deployment | None) -> bool:
    release = state.releases.get(d.release) if d else None
    asked = release is not None and release.spec.approve == "by hand"
    return d is not None and asked and d.what is Kind.DEPLOY and not d.approved


def _end(d: Deployment | None, result: Result) -> News | None:
    if d is None or d.what is not Kind.ROLLBACK or result is not Result.COMPLETED:
        return _RESULTS[result]
    # For users, a rollback that completed is a release taken back; a failover was told when it was found.
    return None if d.actor == CONTROLLER else News.ROLLED_BACK


def _is_missed(state: AppState, place: str) -> bool:
    """Whether an instance there served users, or could have to: what crashes on its way there fails the deployment."""
    return place == "shared" or any(env.color == place and env.state in _SERVING for env in state.environments.values())


def deployment_of(state: AppState, number: int) -> Deployment | None:
    """The deployment of that number, under way or ended."""
    under_way = [d for d in (state.deployment, state.queued) if d is not None]
    return next((d for d in (*under_way, *reversed(state.ended)) if d.number == number), None)


def needs_story(entry: e.Entry) -> bool:
    """Whether its words are made from the whole deployment's entries."""
    return isinstance(entry.event, e.DeploymentEnded | e.WatchHeld)


def told(state: AppState, deployment: int | None, news: News) -> Sequence[str]:
    """The channels that want to know, as the release says that it is about; a way back is also about what it left."""
    d = deployment_of(state, deployment) if deployment is not None else None
    numbers = {d.release, d.previous if d.what is Kind.ROLLBACK else d.release} if d is not None else set()
    specs = [release.spec for n, release in state.releases.items() if n in numbers] or _newest(state)
    names = {name: None for spec in specs for name, asked in spec.notify.items() if is_asked_for(asked, news)}
    return tuple(names)


def _newest(state: AppState) -> Sequence[AppSpec]:
    """The live release's, or where nothing is live the newest one's."""
    release = state.live_release or state.releases.get(max(state.releases, default=0))
    return [release.spec] if release else []


def missing_channels(state: AppState, there: Collection[str]) -> Sequence[str]:
    """Channels that its newest release names, and that are not there."""
    newest = state.releases.get(max(state.releases, default=0))
    return [name for name in newest.spec.notify if name not in there] if newest else []


def names_channels(state: AppState) -> bool:
    """Whether any of its releases tells anybody anything."""
    return any(release.spec.notify for release in state.releases.values())
