"""Announcements in words, short and of use at night."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bluegreen.core import events as e
from bluegreen.core.announcements import Announcement
from bluegreen.core.commands import clock_time
from bluegreen.core.deployment_words import WORDS
from bluegreen.core.guards.wording import count
from bluegreen.core.happened import Happened, Words, said
from bluegreen.core.model import AppState, Deployment
from bluegreen.core.news import News
from bluegreen.core.receipt import Receipt


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
    **WORDS,
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


def _figures(d: Deployment | None, told: Receipt | None) -> Mapping[str, Any]:
    if d is None or told is None:
        return {}
    return {
        "color": str(d.color),
        "requests": {str(color): number for color, number in told.requests.items()},
        "failed": {str(color): number for color, number in told.failed.items()},
        "switch_seconds": told.switch_seconds,
    }
