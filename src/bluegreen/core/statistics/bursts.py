"""How strong the evidence against the release before would have been, had it been judged itself."""

from __future__ import annotations

import math
from collections.abc import Sequence

from bluegreen.core.evidence import Interval
from bluegreen.core.statistics.betting import FRACTIONS, WEIGHTS
from bluegreen.core.statistics.onset import AT_ONCE

LEAST = 0.03
"""Evidence is not weakened further: a release that fails altogether is to be found within minutes even so."""


def tempering(intervals: Sequence[Interval], limit: float, alarm_at: float) -> float:
    """The power, at most 1, that evidence is to be raised to, so that what the release before did raises no alarm.

    A bet is sure of itself when one tick's errors say nothing of the next one's. Errors that come in bursts of
    several seconds break that. How long bursts last is not known from intervals, so the errors of each are taken to
    lie as evenly over its seconds as whole errors can: the worst that they can do to a bet. An e-process to a power
    below 1 is one still (Jensen), so that no guarantee is lost; what is lost is speed, and only after bursts.
    """
    strongest = max(
        (math.log(AT_ONCE * w) + _highest(intervals, limit, f) for f, w in zip(FRACTIONS, WEIGHTS, strict=True)),
        default=0.0,
    )
    return 1.0 if strongest <= math.log(alarm_at) else max(LEAST, math.log(alarm_at) / strongest)


def _highest(intervals: Sequence[Interval], limit: float, fraction: float) -> float:
    """The most that the logarithm of a bet's capital has grown by, from any moment on."""
    growth = highest = 0.0
    none = math.log1p(-fraction)
    for interval in intervals:
        seconds = max(1, round(interval.seconds))
        hit = min(interval.errors, seconds)
        if hit:
            share = min(1.0, interval.errors / hit * seconds / max(interval.requests, 1))
            growth += hit * math.log1p(fraction * (share / limit - 1.0))
            highest = max(highest, growth)
        growth = max(0.0, growth + (seconds - hit) * none)
    return highest
