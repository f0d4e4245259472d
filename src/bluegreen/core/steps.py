"""The steps of a deployment: how the route moves, and how long the release is judged after each."""

from __future__ import annotations

from bluegreen.core.model import AppState, Deployment, Kind
from bluegreen.core.spec import Watch
from bluegreen.core.watching import Judging


def shift_of(state: AppState, d: Deployment) -> tuple[int, ...]:
    """The new environment's share after each step, in per cent, ending in 100.

    A rollback and a first release take everything at once. A holdback is a step of its own before the last one.
    """
    if d.what is Kind.ROLLBACK or d.previous is None:
        return (100,)
    spec = state.releases[d.release].spec
    if spec.watch is None or not spec.watch.holdback:
        return spec.switch.shift
    most = 100 - spec.watch.holdback
    return (*(share for share in spec.switch.shift if share < most), most, 100)


def watch_of(state: AppState, d: Deployment) -> Watch | None:
    """The watch that a deployment's file asks for; None where there is no release before to go back to."""
    if d.what is not Kind.DEPLOY or d.previous is None:
        return None
    return state.releases[d.release].spec.watch


def judged_steps(state: AppState, d: Deployment) -> int:
    """How many steps are judged: all, or all but the last, which only ends a holdback."""
    watch = watch_of(state, d)
    return len(shift_of(state, d)) - (1 if watch is not None and watch.holdback else 0)


def judging_of(state: AppState, d: Deployment) -> Judging | None:
    """How the step that was confirmed last is judged; None: it is not."""
    watch = watch_of(state, d)
    steps = shift_of(state, d)
    judged = judged_steps(state, d)
    if watch is None or not 0 < d.step <= judged:
        return None
    switch = state.releases[d.release].spec.switch
    last = d.step == judged
    return Judging(
        watch=watch,
        share=steps[d.step - 1],
        least=watch.duration if last else switch.hold,
        most=watch.duration if last else max(switch.hold, watch.duration),
        stages=judged,
        sticky=switch.sticky,
    )
