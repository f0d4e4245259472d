"""The router was read back after a start."""

from __future__ import annotations

from bluegreen.core.model import AppState, Route
from bluegreen.core.reconcile import reconcile


def test_a_router_that_has_forgotten_an_application_that_leads_users_nowhere_is_in_line() -> None:
    """A controller was killed between the end of a `down` at the router and its record in the journal."""
    nowhere = Route(7)
    state = AppState("shop", epoch=7, requested=nowhere, confirmed=nowhere, going_down=True)
    assert reconcile(state, None) == ()
