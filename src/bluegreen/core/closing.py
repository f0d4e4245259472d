"""Whether deployments may move users now: a freeze that somebody asked for, and the windows of the files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bluegreen.core.errors import Refused
from bluegreen.core.model import AppState
from bluegreen.core.spec import AppSpec
from bluegreen.core.windows import OPEN, LocalTime, Standing, standing


@dataclass(frozen=True)
class Moment:
    """When something is asked for."""

    now: float
    """Seconds since 1970."""
    local: LocalTime
    override: str = ""
    """Why it is to be done although deployments are frozen or out of hours; empty: then it is refused."""


def closed_for(state: AppState, coming: AppSpec | None, moment: Moment) -> Standing:
    """Whether an application is open for a release. What the live release's file says holds as well as the coming
    one's: else a freeze could be deployed away while it lasts.
    """
    if state.freeze is not None and state.freeze.holds(moment.now):
        until = state.freeze.until
        opens = "" if until is None else _utc(until)
        ends = f"until {opens}" if opens else "until that is lifted"
        return Standing(False, f"{state.freeze.actor} has frozen deployments {ends}: {state.freeze.why}", opens)
    live = state.live_release
    for spec in (live.spec if live else None, coming):
        if spec is not None and not (found := standing(spec.windows, moment.local)).open:
            return found
    return OPEN


def refuse_while_closed(state: AppState, coming: AppSpec | None, moment: Moment) -> str:
    """Raises Refused while deployments may not move users, unless the moment has an override; returns that where it
    was needed.
    """
    found = closed_for(state, coming, moment)
    if found.open:
        return ""
    if moment.override:
        return moment.override
    opens = f"Deploy again from {found.opens} on, or let" if found.opens else "Let"
    raise Refused(
        f"{state.app} takes no deployment now: {found.why}.",
        why="That keeps users where they are; a rollback works all the same.",
        cure=f"{opens} an admin do it with `--override-freeze WHY`.",
    )


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
