"""What is told of deployments, in words: why, what users saw, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bluegreen.core import events as e
from bluegreen.core.announcements import CONTROLLER
from bluegreen.core.commands import clock_time
from bluegreen.core.guards.wording import seconds
from bluegreen.core.happened import Happened, Words, command, evidence, subject, users
from bluegreen.core.model import Kind
from bluegreen.core.news import News


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
        f"{command('approve', happened)} moves users to it. "
        f"Without that it is aborted at {clock_time(happened.entry.at + within)}.",
    ]


def _switched(happened: Happened) -> Words:
    event, d = happened.entry.event, happened.deployment
    assert isinstance(event, e.RouteConfirmed)
    assert d is not None
    back = f"{command('rollback', happened)} leads them back to r{d.previous}." if d.previous is not None else ""
    return f"all users get r{d.release}", [f"Confirmed in {seconds(event.took)}.", back]


def _completed(happened: Happened) -> Words:
    d = happened.deployment
    if d is not None and d.what is Kind.SHARED:
        return f"{d.component} was replaced", [subject(happened)]
    plain = d is not None and happened.entry.reason == f"r{d.release} is live in {d.color}"
    return f"{subject(happened)} is live", ["" if plain else happened.entry.reason, users(happened)]


def _failed(happened: Happened) -> Words:
    cure = getattr(happened.entry.event, "evidence", {}).get("cure", "")
    look = f"{command('show', happened)} tells more."
    return f"{subject(happened)} failed", [happened.entry.reason, users(happened), f"{cure} {look}"]


def _aborted(happened: Happened) -> Words:
    who = happened.entry.actor
    by = "" if who == CONTROLLER else f" by {who}"
    return f"{subject(happened)} was aborted{by}", [happened.entry.reason, users(happened)]


def _rolled_back(happened: Happened) -> Words:
    d = happened.deployment
    if d is not None and d.what is Kind.ROLLBACK:
        left = f" from r{d.previous}" if d.previous is not None else ""
        return f"{d.actor} led users back{left} to r{d.release}", [users(happened)]
    back = f", users are back on r{d.previous}" if d is not None and d.previous is not None else ""
    look = f"{command('show', happened, ' --evidence')} shows what it was judged by. Mend it, then deploy again."
    return f"{subject(happened)} was rolled back{back}", [
        happened.entry.reason,
        *evidence(happened),
        users(happened),
        look,
    ]


def _held(happened: Happened) -> Words:
    return f"{subject(happened)} waits for a person", [
        happened.entry.reason,
        *evidence(happened),
        f"{command('approve', happened)} lets it go on, {command('abort', happened)} leads users back. "
        "Until then users get it, and its guards go on judging.",
    ]


def _failover(happened: Happened) -> Words:
    event = happened.entry.event
    assert isinstance(event, e.DeploymentRequested)
    look = "The release that died is not brought back by itself: `bluegreen logs` tells why it died."
    return f"users get r{event.release}: the live release is dead", [happened.entry.reason, look]


WORDS: Mapping[News, Callable[[Happened], Words]] = {
    News.STARTED: _started,
    News.APPROVAL: _approval,
    News.SWITCHED: _switched,
    News.COMPLETED: _completed,
    News.FAILED: _failed,
    News.ABORTED: _aborted,
    News.ROLLED_BACK: _rolled_back,
    News.HELD: _held,
    News.FAILOVER: _failover,
}
