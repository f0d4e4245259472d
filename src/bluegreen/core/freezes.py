"""Freezing deployments for a time, and lifting that."""

from __future__ import annotations

from bluegreen.core import events as e
from bluegreen.core.commands import Outcome, clock_time
from bluegreen.core.errors import InvalidInput
from bluegreen.core.model import AppState


def freeze(state: AppState, why: str, *, now: float, start: float | None = None, until: float | None = None) -> Outcome:
    """Let no deployment move users from ``start`` (None: now) until ``until`` (None: until it is lifted), instead of
    any freeze before. Raises InvalidInput when that time is over or ends before it begins.
    """
    begins = now if start is None else start
    if until is not None and until <= max(begins, now):
        raise InvalidInput(
            "The freeze would be over before it begins.",
            why=f"It is {clock_time(now)}, and the freeze would last from {clock_time(begins)} to {clock_time(until)}.",
            cure="Name an end that is still to come.",
        )
    return Outcome(((e.Frozen(why, begins, until), why),))


def unfreeze(state: AppState) -> Outcome:
    """Lift the freeze; the windows of the file are as before."""
    if state.freeze is None:
        return Outcome(notice=f"{state.app} is not frozen by anybody.")
    return Outcome(((e.Unfrozen(), f"was frozen: {state.freeze.why}"),))
