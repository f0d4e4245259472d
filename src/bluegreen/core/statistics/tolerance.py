"""How much is tolerated of a release, given what is known of the one before."""

from __future__ import annotations

from bluegreen.core.evidence import Baseline
from bluegreen.core.statistics.gamma import lower_limit, upper_limit

FLOOR = 0.001
"""Less than one error in a thousand requests is never a reason to go back by itself."""


def rate_bound(baseline: Baseline, alpha: float) -> float:
    """The largest error rate before that is not excluded at ``alpha`` by what was seen; infinite when nothing was.

    Errors in bursts tell as much as one error for each burst: the Poisson limit is taken for errors and requests
    divided by the dispersion.
    """
    if baseline.requests == 0:
        return float("inf")
    return upper_limit(baseline.errors / baseline.dispersion, alpha) * baseline.dispersion / baseline.requests


def error_limit(baseline: Baseline, worse_than: float, alpha: float) -> float:
    """The error rate that is tolerated of the new release."""
    return max(rate_bound(baseline, alpha) * worse_than, FLOOR)


def ratio_limit(events: int, per: int, worse_than: float, alpha: float) -> float:
    """The ratio of events that is tolerated, by the limit at ``alpha`` of what it was before; ``per`` is above 0."""
    bound = lower_limit(events, alpha) if worse_than < 1 else upper_limit(events, alpha)
    return bound * worse_than / per
