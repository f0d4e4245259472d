"""Announcements in words, short and of use at night: what, why, what users saw, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bluegreen.core import events as e
from bluegreen.core.announcements import CONTROLLER, Announcement, deployment_of
from bluegreen.core.commands import clock_time
from bluegreen.core.guards.wording import count, seconds
from bluegreen.core.model import AppState, Deployment, Kind
from bluegreen.core.news import News
from bluegreen.core.output import beginning, printable
from bluegreen.core.receipt import Receipt, receipt
from bluegreen.core.verdict import Verdict

_LONGEST = 600
"""Characters of one sentence that others wrote: a reason, a message."""


@dataclass(frozen=True)
class Happened:
    """What one announcement is made from."""

    state: AppState
    entry: e.Entry
    news: News
    story: Sequence[e.Entry] = ()
    """The deployment's own entries, for news that needs them (`announcements.needs_story`)."""
    crashes: int = 1
    """How many crashes it tells of."""

    @property
    def deployment(self) -> Deployment | None:
        number = getattr(self.entry.event, "deployment", None)
        return deployment_of(self.state, number) if number is not None else None

    @property
    def receipt(self) -> Receipt | None:
        d = self.deployment
        return receipt(d, self.story) if d is not None and self.story else None


def announce(happened: Happened) -> Announcement:
    """What is told of an entry."""
    state, entry, d = happened.state, happened.entry, happened.deployment
    title, lines = _WORDS[happened.news](happened)
    page = f"apps/{state.app}" + (f"/deployments/{d.number}" if d else "")
    return Announcement(
        app=state.app,
        key=str(entry.seq),
        at=entry.at,
        news=happened.news,
        title=f"{state.app}: {said(title, 120)}",
        text="\n".join(said(line) for line in lines if line),
        page=page,
        seq=entry.seq,
        deployment=d.number if d else None,
        release=f"r{d.release}" if d else None,
        actor=entry.actor,
        reason=said(entry.reason),
        figures=_figures(d, happened.receipt),
    )


def unwritten(state: AppState, since: float, events: int, why: str) -> Announcement:
    """The journal cannot be written: so this is in no entry of it."""
    live = state.live_release
    served = f"Users are served by {live.name} as before." if live else "Nothing is live."
    kept = f"{count(events, 'event')} {'is' if events == 1 else 'are'} kept in memory until there is room."
    return Announcement(
        app=state.app,
        key=f"journal-{since:.0f}",
        at=since,
        news=News.TROUBLE,
        title=f"{state.app}: the journal cannot be written",
        text=f"{said(why)}\n{served} {kept}\nFree disk space; a rollback works all the same.",
        page=f"apps/{state.app}",
        reason=said(why),
    )


def said(text: str, longest: int = _LONGEST) -> str:
    """What others wrote, fit to be sent: on one line, without control characters, bounded."""
    return beginning(" ".join(printable(text).split()), longest)


Words = tuple[str, Sequence[str]]
"""A title without the application's name, and the lines of the text."""


def _started(happened: Happened) -> Words:
    d, who = happened.deployment, happened.entry.actor
    event = happened.entry.event
    assert isinstance(event, e.DeploymentRequested)
    if event.what is Kind.ROLLBACK:
        return f"{who} leads users back to r{event.release}", [happened.entry.reason]
    old = f"It takes the place of r{d.previous} when its checks pass." if d and d.previous is not None else ""
    if event.what is Kind.SHARED:
        return f"{who} replaces {event.component} by that of r{event.release}", [event.message]
    return f"{who} deploys r{event.release}", [event.message, old]


def _approval(happened: Happened) -> Words:
    state, d = happened.state, happened.deployment
    assert d is not None
    within = state.releases[d.release].spec.approve_within
    return f"r{d.release} waits for approval", [
        f"{d.actor} deployed it, and its checks passed.",
        d.message,
        f"{_command('approve', happened)} moves users to it. "
        f"Without that it is aborted at {clock_time(happened.entry.at + within)}.",
    ]


def _switched(happened: Happened) -> Words:
    event, d = happened.entry.event, happened.deployment
    assert isinstance(event, e.RouteConfirmed)
    assert d is not None
    back = f"{_command('rollback', happened)} leads them back to r{d.previous}." if d.previous is not None else ""
    return f"all users get r{d.release}", [f"Confirmed in {seconds(event.took)}.", back]


def _completed(happened: Happened) -> Words:
    d = happened.deployment
    if d is not None and d.what is Kind.SHARED:
        return f"{d.component} was replaced", [_subject(happened)]
    plain = d is not None and happened.entry.reason == f"r{d.release} is live in {d.color}"
    return f"{_subject(happened)} is live", ["" if plain else happened.entry.reason, _users(happened)]


def _failed(happened: Happened) -> Words:
    cure = getattr(happened.entry.event, "evidence", {}).get("cure", "")
    look = f"{_command('show', happened)} tells more."
    return f"{_subject(happened)} failed", [happened.entry.reason, _users(happened), f"{cure} {look}"]


def _aborted(happened: Happened) -> Words:
    who = happened.entry.actor
    by = "" if who == CONTROLLER else f" by {who}"
    return f"{_subject(happened)} was aborted{by}", [happened.entry.reason, _users(happened)]


def _rolled_back(happened: Happened) -> Words:
    d = happened.deployment
    if d is not None and d.what is Kind.ROLLBACK:
        left = f" from r{d.previous}" if d.previous is not None else ""
        return f"{d.actor} led users back{left} to r{d.release}", [_users(happened)]
    back = f", users are back on r{d.previous}" if d is not None and d.previous is not None else ""
    look = f"{_command('show', happened, ' --evidence')} shows what it was judged by. Mend it, then deploy again."
    return f"{_subject(happened)} was rolled back{back}", [
        happened.entry.reason,
        *_evidence(happened),
        _users(happened),
        look,
    ]


def _held(happened: Happened) -> Words:
    return f"{_subject(happened)} waits for a person", [
        happened.entry.reason,
        *_evidence(happened),
        f"{_command('approve', happened)} lets it go on, {_command('abort', happened)} leads users back. "
        "Until then users get it, and its guards go on judging.",
    ]


def _failover(happened: Happened) -> Words:
    event = happened.entry.event
    assert isinstance(event, e.DeploymentRequested)
    look = "The release that died is not brought back by itself: `bluegreen logs` tells why it died."
    return f"users get r{event.release}: the live release is dead", [happened.entry.reason, look]


def _crashed(happened: Happened) -> Words:
    event = happened.entry.event
    assert isinstance(event, e.InstanceCrashed)
    where = f"in {event.place}"
    one = f"{event.component}.{event.index} crashed {where}"
    look = f"`bluegreen logs {event.component} --app {happened.state.app}` tells more."
    return one if happened.crashes == 1 else f"{happened.crashes} crashes of {event.component} {where}", [
        f"It ended: {event.exit}." if event.exit else "It ended by itself.",
        f"It is started again (so far {count(event.restarts, 'time')}). {look}",
    ]


def _trouble(happened: Happened) -> Words:
    event = happened.entry.event
    if isinstance(event, e.RouteObserved):
        return "the router was found with another route than asked for", [happened.entry.reason]
    assert isinstance(event, e.ActionFailed)
    what = "the route could not be set" if event.action == "SetRoute" else "live components could not be moved"
    evidence = event.evidence
    look = f"`bluegreen status --app {happened.state.app}` tells what users get now."
    return f"{what}, and is tried again", [
        happened.entry.reason,
        str(evidence.get("why", "")),
        f"{evidence.get('cure', '')} {look}",
    ]


def _locked(happened: Happened) -> Words:
    unlock = f"No deployment starts before `bluegreen unlock --app {happened.state.app}`."
    return f"locked by {happened.entry.actor}", [getattr(happened.entry.event, "why", ""), unlock]


def _frozen(happened: Happened) -> Words:
    event = happened.entry.event
    assert isinstance(event, e.Frozen)
    until = f"until {clock_time(event.until)}" if event.until is not None else "until that is lifted"
    since = f" from {clock_time(event.start)}" if event.start > happened.entry.at else ""
    return f"frozen by {happened.entry.actor}", [event.why, f"No deployment moves users{since} {until}."]


_WORDS: Mapping[News, Callable[[Happened], Words]] = {
    News.STARTED: _started,
    News.APPROVAL: _approval,
    News.SWITCHED: _switched,
    News.COMPLETED: _completed,
    News.FAILED: _failed,
    News.ABORTED: _aborted,
    News.ROLLED_BACK: _rolled_back,
    News.HELD: _held,
    News.FAILOVER: _failover,
    News.CRASHED: _crashed,
    News.LOCKED: _locked,
    News.UNLOCKED: lambda happened: (f"unlocked by {happened.entry.actor}", ["Deployments start again."]),
    News.FROZEN: _frozen,
    News.UNFROZEN: lambda happened: (f"no longer frozen, by {happened.entry.actor}", ["Deployments go on."]),
    News.DOWN: lambda happened: (
        f"taken down by {happened.entry.actor}",
        ["Its address closes, and nothing of it runs."],
    ),
    News.TROUBLE: _trouble,
}


def _subject(happened: Happened) -> str:
    """The release, or what else a deployment was to bring."""
    d = happened.deployment
    if d is None:
        return "the deployment"
    return {
        Kind.DEPLOY: f"r{d.release}",
        Kind.ROLLBACK: f"the way back to r{d.release}",
        Kind.SHARED: f"{d.component} of r{d.release}",
    }[d.what]


def _command(name: str, happened: Happened, more: str = "") -> str:
    d = happened.deployment
    number = f" {d.number}" if d is not None and name != "rollback" else ""
    return f"`bluegreen {name}{number} --app {happened.state.app}{more}`"


def _evidence(happened: Happened) -> Sequence[str]:
    """What the guards found, beside the one that the reason names already."""
    judged = [entry.event for entry in happened.story if isinstance(entry.event, e.Judged)]
    findings = judged[-1].findings if judged else ()
    lines = [f"{f.guard}: {f.reason}" for f in findings if f.verdict is not Verdict.ALLOW]
    return [line for line in lines if line not in happened.entry.reason]


def _users(happened: Happened) -> str:
    """What users saw of the deployment's own environment."""
    d, told = happened.deployment, happened.receipt
    if d is None or told is None or d.what is Kind.SHARED:
        return ""
    if told.switch_seconds is None:
        return "Users saw nothing of it."
    requests, failed = told.requests.get(d.color), told.failed.get(d.color)
    if requests is None or failed is None:
        return "How many requests it answered is not known."
    route = f" The last route was confirmed in {seconds(told.switch_seconds)}."
    return f"r{d.release} answered {count(requests, 'request')} of users, {failed:,} of them failed.{route}"


def _figures(d: Deployment | None, told: Receipt | None) -> Mapping[str, Any]:
    if d is None or told is None:
        return {}
    return {
        "color": str(d.color),
        "requests": {str(color): number for color, number in told.requests.items()},
        "failed": {str(color): number for color, number in told.failed.items()},
        "switch_seconds": told.switch_seconds,
    }
