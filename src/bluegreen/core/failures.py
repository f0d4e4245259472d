"""What a failure means: the events that follow when an action cannot succeed, or None when it is to be tried again."""

from __future__ import annotations

from collections.abc import Sequence

from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.errors import BluegreenError
from bluegreen.core.model import AppState, Phase, Result

Follow = Sequence[tuple[e.Event, str]]
"""Events with their reasons."""


def after_failure(state: AppState, action: a.Action, error: BluegreenError) -> Follow | None:
    """The events that follow from an action that failed for good; None: try it again, loudly."""
    reason = error.what
    evidence = {"what": error.what, "why": error.why, "cure": error.cure}
    match action:
        case a.Build(number) | a.StartShared(number) | a.StartEnvironment(number) | a.Verify(number):
            return _failed(number, reason, evidence)
        case a.MoveShared(number):
            return _failed(number, reason, evidence)
        case a.LoadModel(number) if number is not None:
            return _failed(number, reason, evidence)
        case a.RunHook(deployment=number, hook=hook):
            finished = e.HookFinished(number, hook, False, evidence)
            if hook.startswith("before_"):
                return [(finished, reason), *_failed(number, reason, evidence)]
            return [(finished, reason)]
        case a.SetRoute(deployment=number) if number is not None:
            d = state.deployment
            if d is not None and d.number == number and d.phase is Phase.SWITCHING:
                return [(e.ActionFailed("SetRoute", evidence), reason), (e.RollbackStarted(number), reason)]
    return None


def _failed(number: int, reason: str, evidence: dict[str, str]) -> Follow:
    return [(e.DeploymentEnded(number, Result.FAILED, evidence=evidence), reason)]
