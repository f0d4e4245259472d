"""Freezes what the release before was like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bluegreen.core.evidence import Baseline, Interval, Threshold
from bluegreen.core.spec import ErrorRate, Latency, Watch
from bluegreen.core.statistics.budget import FOR_THE_TEST, alpha
from bluegreen.core.statistics.bursts import tempering
from bluegreen.core.statistics.dispersion import dispersion
from bluegreen.core.statistics.gamma import upper_limit
from bluegreen.core.statistics.histogram import STEP, Histogram
from bluegreen.core.statistics.tolerance import error_limit

NEVER_SLOW = 0.025
"""Seconds below which an answer is never slow: what nobody notices is no reason to go back by itself, and times of a
few milliseconds double when a neighbour on the machine gets busy."""


def freeze(intervals: Sequence[Interval], times: Mapping[float, int], watch: Watch, stages: int) -> Baseline:
    """What was observed of the release before, frozen for a deployment of so many stages.

    ``intervals`` are of about ten seconds each, oldest first; ``times`` counts answers by the upper bound of the
    time they took in seconds, not cumulative, bounds at most 10 % apart.
    """
    histogram = Histogram.of(times)
    limits = [limit for guard in watch.guards if isinstance(guard, Latency) for limit in guard.limits]
    chance = alpha(watch, stages) * (1.0 - FOR_THE_TEST) / max(1, len(limits))
    return Baseline(
        seconds=sum(interval.seconds for interval in intervals),
        requests=sum(interval.requests for interval in intervals),
        errors=sum(interval.errors for interval in intervals),
        dispersion=dispersion(intervals),
        tempering=_tempering(intervals, watch, alpha(watch, stages)),
        timed=histogram.count,
        thresholds=tuple(threshold(histogram, *limit, times, chance) for limit in limits) if histogram.count else (),
    )


def _tempering(intervals: Sequence[Interval], watch: Watch, alpha: float) -> float:
    guard = next((guard for guard in watch.guards if isinstance(guard, ErrorRate)), None)
    requests = sum(interval.requests for interval in intervals)
    if guard is None or not requests:
        return 1.0
    errors = sum(interval.errors for interval in intervals)
    known = Baseline(requests=requests, errors=errors, dispersion=dispersion(intervals))
    limit = error_limit(known, guard.worse_than, alpha * (1.0 - FOR_THE_TEST))
    return tempering(intervals, limit, 1.0 / (alpha * FOR_THE_TEST))


def threshold(histogram: Histogram, quantile: float, factor: float, bounds: Iterable[float], alpha: float) -> Threshold:
    """From which time on an answer is slow, and which share of slow ones is tolerated.

    A new release whose times are at most ``factor`` times those before has, above any time t, at most the share that
    the old one has above t / factor. That share is interpolated before, and its upper limit at ``alpha`` is taken,
    with answers as independent ones.
    """
    before = histogram.quantile(quantile)
    tolerated = before * factor
    seconds, surely = _bound(max(tolerated, NEVER_SLOW), bounds)
    # A threshold that was raised is one for the same share: few were slower than that before, and that is not asked.
    stretched = surely if tolerated >= NEVER_SLOW else tolerated
    known = upper_limit(histogram.slower(stretched / factor), alpha) / histogram.count
    return Threshold(
        quantile=quantile,
        factor=factor,
        before=before,
        seconds=seconds,
        share=min(known, 1.0),
        usual=histogram.slower(seconds) / histogram.count,
    )


def _bound(seconds: float, bounds: Iterable[float]) -> tuple[float, float]:
    """Where slow answers begin, and a time that all of them have surely taken.

    At a bound between buckets these are the same. Where no answer was seen before, bounds are not known: a bucket
    may begin a step below what it is counted as.
    """
    found = min((bound for bound in bounds if seconds <= bound <= seconds * STEP), default=None)
    return (found, found) if found is not None else (seconds * STEP, seconds)
