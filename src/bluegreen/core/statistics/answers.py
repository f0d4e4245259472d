"""Freezes how sampled answers of the release before did by each rule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from bluegreen.core.evidence import Answers, Baseline, Interval
from bluegreen.core.spec import AnswerGuard, Outputs, Streaming
from bluegreen.core.statistics.bursts import tempering
from bluegreen.core.statistics.dispersion import dispersion
from bluegreen.core.statistics.histogram import STEP, Histogram
from bluegreen.core.statistics.tolerance import rate_bound

FLOOR = 0.01
"""Less than one bad answer in a hundred is never a reason to go back by itself."""
MOST = 0.5
"""Where more than this is tolerated, too little is known."""
NEVER_LATE = 0.1
"""Seconds below which no token is ever late: what nobody notices is no reason to go back by itself."""


class Stretch(NamedTuple):
    """What was scored by one rule in about ten seconds."""

    seconds: float
    scored: int
    bad: int
    values: Mapping[float, int]
    """Of what is measured: counts by upper bound, not cumulative; bounds are powers of `STEP`."""


def bound(value: float) -> float:
    """The upper bound under which a value is counted: the next power of `STEP`."""
    return _power(math.ceil(round(math.log(value) / math.log(STEP), 6))) if value > 0 else 0.0


def count_bad(guard: AnswerGuard, values: Mapping[float, int], line: float) -> int:
    """How many of these measured values are bad."""
    if is_less_worse(guard):
        return sum(count for upper, count in values.items() if upper <= line * (1 + 1e-9))
    return sum(count for upper, count in values.items() if upper > line * (1 + 1e-9))


def is_less_worse(guard: AnswerGuard) -> bool:
    """Whether smaller values are worse."""
    return (guard.worse_than or 1.0) < 1.0


def freeze_answers(guard: AnswerGuard, stretches: Sequence[Stretch], alpha: float, alarm_at: float) -> Answers | None:
    """How answers before did, oldest first; None where none was scored.

    Of what is measured: the new release's values are bad beyond ``line``, which is ``worse_than`` times what was usual.
    Tolerated is a release whose values are the old ones' times a tolerance; beyond the line it has at most the share
    that the old one has beyond line / tolerance, which is what ``bad`` counts.
    """
    scored = sum(stretch.scored for stretch in stretches)
    if scored == 0:
        return None
    if not guard.is_measured:
        intervals = [Interval(s.seconds, s.scored, s.bad) for s in stretches]
        bad = sum(stretch.bad for stretch in stretches)
        return _frozen(guard, intervals, Answers(scored, bad), alpha, alarm_at)
    values: dict[float, int] = {}
    for stretch in stretches:
        for upper, count in stretch.values.items():
            values[upper] = values.get(upper, 0) + count
    histogram = Histogram.of(values)
    if histogram.count == 0:
        return None
    usual = histogram.quantile(_quantile(guard))
    line = _line(guard, usual)
    nearer = _at_bound(guard, line / tolerance(guard))
    intervals = [Interval(s.seconds, s.scored, count_bad(guard, s.values, nearer)) for s in stretches]
    beyond = count_bad(guard, values, line) / histogram.count
    bad = sum(interval.errors for interval in intervals)
    return _frozen(guard, intervals, Answers(scored, bad, line=line, usual=usual, beyond=beyond), alpha, alarm_at)


def tolerance(guard: AnswerGuard) -> float:
    """How many times the values before are surely tolerated.

    Of a high quantile, as users read it: all that ``worse_than`` says. Of the usual value half of that (its root): at
    all of it half of the answers lie beyond the line, which is what is to be found.
    """
    factor = guard.worse_than or 1.0
    return factor if _quantile(guard) > 0.5 else math.sqrt(factor)


def limit_of(guard: AnswerGuard, known: Answers | None, alpha: float) -> float:
    """The share of bad answers that is tolerated of the new release; infinite when nothing is known."""
    if isinstance(guard, Outputs) and guard.at_most is not None:
        return guard.at_most
    if known is None:
        return math.inf
    seen = Baseline(requests=known.scored, errors=known.bad, dispersion=known.dispersion)
    factor = 1.0 if guard.is_measured else guard.worse_than or 1.0
    return max(rate_bound(seen, alpha) * factor, FLOOR)


def _frozen(
    guard: AnswerGuard, intervals: Sequence[Interval], known: Answers, alpha: float, alarm_at: float
) -> Answers:
    known = replace(known, dispersion=dispersion(intervals))
    limit = limit_of(guard, known, alpha)
    return replace(known, tempering=tempering(intervals, limit, alarm_at)) if limit < 1.0 else known


def _quantile(guard: AnswerGuard) -> float:
    return 0.95 if _is_time(guard) else 0.5


def _is_time(guard: AnswerGuard) -> bool:
    return isinstance(guard, Streaming) and guard.is_time


def _line(guard: AnswerGuard, usual: float) -> float:
    line = usual * (guard.worse_than or 1.0)
    if _is_time(guard):
        line = max(line, NEVER_LATE)
    return _at_bound(guard, line)


def _at_bound(guard: AnswerGuard, value: float) -> float:
    """The next bound on the side of what is good: there it can be told who is beyond it, and no one who is at the
    value itself is missed."""
    upper = bound(value)
    return upper if is_less_worse(guard) else upper / STEP


def _power(exponent: int) -> float:
    return float(STEP**exponent)
