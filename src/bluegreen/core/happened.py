"""One thing that happened, as messages are made from it, and what several of them say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bluegreen.core import events as e
from bluegreen.core.announcements import deployment_of
from bluegreen.core.guards.wording import count, seconds
from bluegreen.core.model import AppState, Deployment, Kind
from bluegreen.core.news import News
from bluegreen.core.output import beginning, printable
from bluegreen.core.receipt import Receipt, receipt
from bluegreen.core.verdict import Verdict

_LONGEST = 600
"""Characters of one sentence that others wrote: a reason, a message."""
Words = tuple[str, Sequence[str]]
"""A title without the application's name, and the lines of the text."""


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


def said(text: str, longest: int = _LONGEST) -> str:
    """What others wrote, fit to be sent: on one line, without control characters, bounded."""
    return beginning(" ".join(printable(text).split()), longest)


def subject(happened: Happened) -> str:
    """The release, or what else a deployment was to bring."""
    d = happened.deployment
    if d is None:
        return "the deployment"
    return {
        Kind.DEPLOY: f"r{d.release}",
        Kind.ROLLBACK: f"the way back to r{d.release}",
        Kind.SHARED: f"{d.component} of r{d.release}",
    }[d.what]


def command(name: str, happened: Happened, more: str = "") -> str:
    d = happened.deployment
    number = f" {d.number}" if d is not None and name != "rollback" else ""
    return f"`bluegreen {name}{number} --app {happened.state.app}{more}`"


def evidence(happened: Happened) -> Sequence[str]:
    """What the guards found, beside the one that the reason names already."""
    judged = [entry.event for entry in happened.story if isinstance(entry.event, e.Judged)]
    findings = judged[-1].findings if judged else ()
    lines = [f"{f.guard}: {f.reason}" for f in findings if f.verdict is not Verdict.ALLOW]
    return [line for line in lines if line not in happened.entry.reason]


def users(happened: Happened) -> str:
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
