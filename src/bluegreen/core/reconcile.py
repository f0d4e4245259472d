"""The router was read back and has another route than the journal: which of the two counts, and what follows.

The journal is the truth about intent, the router the truth about traffic; the difference is repaired in the direction
that keeps users on a verified release (DESIGN section 6).
"""

from __future__ import annotations

from collections.abc import Sequence

from bluegreen.core import events as e
from bluegreen.core.decide import may_serve
from bluegreen.core.model import AppState, Color, Route


def reconcile(state: AppState, observed: Route | None) -> Sequence[tuple[e.Event, str]]:
    """The events, with their reasons, that bring intent and traffic together; none when they agree.

    A route that was asked for and not confirmed yet needs no event: `decide` goes on asking for it.
    """
    confirmed = state.confirmed
    if observed == confirmed:
        return ()
    if observed is not None and observed.epoch > state.epoch:
        if observed.shares and all(may_serve(state, color) for color in observed.shares):
            event = e.RouteObserved(observed.epoch, dict(observed.shares))
            return ((event, "the router has a newer route than the journal"),)
    elif state.unconfirmed is not None:
        return ()
    shares = _serving(state)
    if shares is None:
        return ()
    epoch = max(state.epoch, observed.epoch if observed else 0) + 1
    return ((e.RouteRequested(epoch, shares), "the router has another route than the journal"),)


def _serving(state: AppState) -> dict[Color, int] | None:
    if state.confirmed is None or not all(may_serve(state, color) for color in state.confirmed.shares):
        return None
    return dict(state.confirmed.shares)
