"""Judging a deployment again from what the journal has: the same evidence must lead to the same verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bluegreen.core import events as e
from bluegreen.core.evolve import evolve
from bluegreen.core.model import AppState
from bluegreen.core.verdict import Verdict


@dataclass(frozen=True)
class Rejudged:
    """One verdict on record, and the one that the evidence on record leads to."""

    step: int
    recorded: Verdict
    again: Verdict

    @property
    def same(self) -> bool:
        return self.recorded is self.again


def judge_again(app: str, entries: Iterable[e.Entry], number: int) -> tuple[Rejudged, ...]:
    """Every verdict of deployment ``number``, from the application's whole history."""
    state = AppState(app)
    found = []
    for entry in entries:
        event = entry.event
        if isinstance(event, e.Judged) and event.deployment == number and state.watching is not None:
            found.append(Rejudged(event.step, event.verdict, state.watching.verdict))
        state = evolve(state, entry)
    return tuple(found)
