"""The router was read back and has another route than the journal: which of the two counts, and what follows.

The journal is the truth about intent, the router the truth about traffic; the difference is repaired in the direction
that keeps users on a verified release (DESIGN section 6).
"""

from __future__ import annotations

from collections.abc import Sequence

from bluegreen.core import events as e
from bluegreen.core.commands import BEFORE_SWITCH
from bluegreen.core.model import AppState, Color, Kind, Phase, Result, Route
from bluegreen.core.serving import may_serve


def found(state: AppState, observed: Route | None) -> Sequence[tuple[e.Event, str]]:
    """What a controller that has just started makes of the world: the route, and that it cannot know all of the rest.

    Events that could not be written down may have moved the live components since.
    """
    unknown = (e.LiveComponentsUnknown(), "the controller has started")
    return (*reconcile(state, observed), *([unknown] if state.active is not None else []))


def reconcile(state: AppState, observed: Route | None) -> Sequence[tuple[e.Event, str]]:
    """The events, with their reasons, that bring intent and traffic together; none when they agree.

    A route that was asked for and not confirmed yet needs no event: `decide` goes on asking for it.
    """
    confirmed = state.confirmed
    # An application that is being taken down may be gone from the router already, before that is on record.
    leads_nowhere = confirmed is not None and not confirmed.shares
    if observed == confirmed or (observed is None and leads_nowhere):
        return ()
    if observed is not None and observed.epoch > state.epoch:
        if _leads_somewhere(state, observed) and all(may_serve(state, color) for color in observed.shares):
            return _taken_over(state, observed)
    elif state.unconfirmed is not None:
        return ()
    shares = _serving(state)
    if shares is None:
        return ()
    epoch = max(state.epoch, observed.epoch if observed else 0) + 1
    return ((e.RouteRequested(epoch, shares), "the router has another route than the journal"),)


def _leads_somewhere(state: AppState, observed: Route) -> bool:
    """Back to nobody is where a first release comes from."""
    d = state.deployment
    return bool(observed.shares) or (d is not None and d.previous is None and d.phase not in BEFORE_SWITCH)


def _taken_over(state: AppState, observed: Route) -> Sequence[tuple[e.Event, str]]:
    """Only a way back is ever taken without being on record (the disk was full): the deployment is over."""
    why = "the router has a newer route than the journal"
    found = (e.RouteObserved(observed.epoch, dict(observed.shares)), why)
    d = state.deployment
    if d is None or d.what is Kind.SHARED:
        return (found,)
    if d.phase in BEFORE_SWITCH:
        # It must not fill the environment that users are in.
        led_there = observed.share(d.color) > 0
        return ((e.DeploymentEnded(d.number, Result.ABORTED), why), found) if led_there else (found,)
    if d.phase is not Phase.ROLLING_BACK and not observed.share(d.color):
        return (found, (e.RollbackStarted(d.number), why))
    return (found,)


def _serving(state: AppState) -> dict[Color, int] | None:
    if state.confirmed is None or not all(may_serve(state, color) for color in state.confirmed.shares):
        return None
    return dict(state.confirmed.shares)
