"""Makes the guards that judge by a sample of answers."""

from __future__ import annotations

from bluegreen.core import spec
from bluegreen.core.evidence import Answers, Baseline
from bluegreen.core.guards.answers import AnswersGuard
from bluegreen.core.guards.base import Guard, Stage
from bluegreen.core.guards.error_rate import ErrorRateGuard
from bluegreen.core.guards.error_rate_control import ErrorRateControlGuard
from bluegreen.core.guards.unknown import UnknownGuard
from bluegreen.core.guards.wording import Words
from bluegreen.core.statistics.answers import FLOOR, MOST, is_less_worse, limit_of
from bluegreen.core.statistics.betting import Bet, barrier
from bluegreen.core.statistics.budget import FOR_THE_TEST
from bluegreen.core.statistics.comparison import Comparison
from bluegreen.core.statistics.control import Control
from bluegreen.core.statistics.surplus import Surplus

LEAST_WORSE, MOST_WORSE = 1.25, 10.0
"""Between so many times the old release's answers beyond the line are tolerated at the same time."""


def answers_guard(guard: spec.AnswerGuard, baseline: Baseline, stage: Stage) -> Guard:
    """The guard of one stage; one that says why it knows nothing, where nothing is known to compare with."""
    known = baseline.answers.get(guard.name)
    fixed = isinstance(guard, spec.Outputs) and guard.at_most is not None
    limit = limit_of(guard, known, stage.alpha * (1.0 - FOR_THE_TEST))
    if not fixed and (known is None or limit > MOST):
        few = f"only {known.scored:,} answers of the release before were scored" if known else ""
        why = baseline.missing.get(guard.name) or few or "no answer of the release before was scored by this rule"
        return UnknownGuard(guard.name, f"there is nothing to compare with: {why}")
    known = known or Answers(0, 0)
    before = known.bad / known.scored if known.scored else None
    alarm_at = 1.0 / (stage.alpha * FOR_THE_TEST)
    capital = barrier(alarm_at, 1.0 if fixed else known.tempering)
    words = _words(guard, known)
    if stage.has_control and not fixed:
        comparison = Comparison(_tolerated(guard, known, limit), known.dispersion, stage.seconds)
        control = Control(comparison, Surplus(limit, known.dispersion, stage.seconds))
        floor = Bet(FLOOR, stage.seconds)
        return AnswersGuard(ErrorRateControlGuard(guard.name, before, alarm_at, capital, control, floor, words=words))
    bet = Bet(limit, stage.seconds)
    return AnswersGuard(ErrorRateGuard(guard.name, before, alarm_at, capital, bet, words=words))


def _tolerated(guard: spec.AnswerGuard, known: Answers, limit: float) -> float:
    """How many times the old release's bad answers at the same time are tolerated."""
    if not guard.is_measured:
        return guard.worse_than or 1.0
    if known.beyond == 0.0:
        return MOST_WORSE
    return min(max(limit / known.beyond, LEAST_WORSE), MOST_WORSE)


_BAD = {
    "parse": "were no {0}",
    "schema": "did not match {0}",
    "matches": "did not match {0}",
    "lacks": "matched {0}",
    "refusal": "were refusals",
}


def _words(guard: spec.AnswerGuard, known: Answers) -> Words:
    line = known.line or 0.0
    if isinstance(guard, spec.Outputs) and guard.rule != "length":
        bad = _BAD[guard.rule].format(guard.value.upper() if guard.rule == "parse" else f"`{guard.value}`")
    elif isinstance(guard, spec.Outputs):
        bad = f"were {'shorter' if is_less_worse(guard) else 'longer'} than {line:,.0f} characters"
    elif guard.figure == "broken":
        bad = "broke off"
    elif guard.figure == "ttft_p95":
        bad = f"began only after {line:.3g} s"
    elif guard.figure == "gap_p95":
        bad = f"paused for longer than {line:.3g} s between tokens"
    else:
        bad = f"came with less than {line:.3g} tokens a second"
    one = "sampled stream" if isinstance(guard, spec.Streaming) else "sampled answer"
    return Words(one, bad, "bad answers", f"no {one} was scored", "a release whose every answer is bad", halfway=True)
