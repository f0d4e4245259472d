"""What follows from the evidence of a watch: on, back, longer, or a person is waited for."""

from __future__ import annotations

from collections.abc import Iterator

from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.blame import naming_flags
from bluegreen.core.model import AppState, Deployment, Result
from bluegreen.core.serving import may_serve
from bluegreen.core.steps import shift_of
from bluegreen.core.verdict import Verdict
from bluegreen.core.watching import Conclusion, Watching


def after_evidence(state: AppState, d: Deployment, watching: Watching, *, ready: bool) -> Iterator[a.Action]:
    """What follows from the evidence. ``ready``: nothing else has to be done before the deployment goes on."""
    conclusion = watching.conclusion
    if watching.approved and conclusion is not Conclusion.ALLOW:
        yield from _go_on(state, d, f"approved, {_not_judged(watching)}") if ready else ()
        return
    match conclusion:
        case Conclusion.REGRESSED | Conclusion.GIVE_UP:
            yield from _regressed(state, d, watching, conclusion)
        case Conclusion.ALLOW | Conclusion.NOT_JUDGED if ready:
            allowed = conclusion is Conclusion.ALLOW
            yield from _judged(d, watching) or _go_on(state, d, "" if allowed else _not_judged(watching))
        case Conclusion.EXTEND:
            yield a.Record(e.WatchExtended(d.number, watching.step), f"cannot tell: {watching.reason}")
        case Conclusion.HOLD:
            judged = () if watching.held else _judged(d, watching)
            yield from judged or _hold(d, watching, f"cannot tell: {watching.reason}")
        case _:
            yield a.GatherEvidence(d.number, watching.step)


def _judged(d: Deployment, watching: Watching) -> tuple[a.Action, ...]:
    """Put the verdict on record, once."""
    verdict = watching.verdict
    if watching.judged is verdict:
        return ()
    event = e.Judged(
        d.number,
        watching.step,
        verdict,
        watching.judging.share,
        watching.findings(),
        round(watching.elapsed, 3),
        round(watching.missed, 3),
    )
    return (a.Record(event, watching.reason),)


def _not_judged(watching: Watching) -> str:
    return f"not judged: {watching.reason}"


def _go_on(state: AppState, d: Deployment, but: str) -> tuple[a.Action, ...]:
    """To the next step, or to the end."""
    steps = shift_of(state, d)
    if d.step < len(steps):
        return (a.Record(e.StepAllowed(d.number, d.step), but or f"healthy at {steps[d.step - 1]} %"),)
    return (completed(d, but),)


def completed(d: Deployment, but: str) -> a.End:
    return a.End(d.number, Result.COMPLETED, f"completed, {but}" if but else f"r{d.release} is live in {d.color}")


def _regressed(state: AppState, d: Deployment, watching: Watching, conclusion: Conclusion) -> tuple[a.Action, ...]:
    """Back, unless the old environment fails as well or cannot serve: then going back would help nobody."""
    if record := _judged(d, watching):
        return record
    if not may_serve(state, d.color.other):
        return _hold(d, watching, f"there is nothing to go back to. {watching.reason}")
    if conclusion is Conclusion.GIVE_UP:
        return (a.Record(e.RollbackStarted(d.number), naming_flags(f"cannot tell: {watching.reason}", d)),)
    alone = not watching.is_compared and watching.judging.watch.shared_cause == "hold"
    if alone and watching.standby is None:
        return (a.ProbeStandby(d.number, watching.step, d.color.other),)
    if not alone or watching.standby is not Verdict.BLOCK:
        reason = naming_flags(watching.reason, d, watching.findings())
        return (a.Record(e.RollbackStarted(d.number), reason),)
    return _hold(d, watching, f"both fail: shared cause. {watching.reason}")


def _hold(d: Deployment, watching: Watching, reason: str) -> tuple[a.Action, ...]:
    """Wait for a person; evidence is gathered all the same."""
    if not watching.held:
        return (a.Record(e.WatchHeld(d.number, watching.step), reason),)
    return (a.GatherEvidence(d.number, watching.step),)
