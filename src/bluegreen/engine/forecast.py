"""How soon a bad release would be found, at the traffic that the live one had."""

from __future__ import annotations

import random
from typing import Any

from bluegreen.core.evidence import Baseline
from bluegreen.core.forecast import forecast, in_words
from bluegreen.core.model import AppState, Kind, Release
from bluegreen.core.spec import ErrorRate, Watch
from bluegreen.core.statistics.baseline import freeze
from bluegreen.core.statistics.budget import FOR_THE_TEST, alpha
from bluegreen.core.statistics.tolerance import error_limit
from bluegreen.engine.recorder import Recorded

RATES = (0.02, 0.005, 0.002)
"""Error rates that are asked about."""


def forecast_json(state: AppState, recorded: Recorded) -> dict[str, Any]:
    """The forecast for the watch of what is being deployed, else the live release's own; it says so where there is
    no traffic or no watch."""
    live, asking = state.live_release, _asking(state)
    watch = asking.spec.watch if asking else None
    answer: dict[str, Any] = {
        "app": state.app,
        "release": live.name if live else None,
        "seconds": round(recorded.seconds, 1),
        "requests_per_second": None,
        "error_rate": None,
        "limit": None,
        "duration": watch.duration if watch else None,
        "finds": [],
        "sentence": "",
    }
    if live is None or asking is None:
        return answer | {"sentence": "No release is live, so there is no traffic to go by."}
    if watch is None:
        return answer | {"sentence": f"{asking.name} asks for no watch."}
    stages = 1
    # Once it is switched, what the live release is like is no longer what it will be compared with.
    frozen = state.baseline if state.deployment is not None else None
    baseline = frozen or freeze(recorded.intervals, recorded.times, watch, stages)
    if not baseline.requests:
        return answer | {"sentence": "No request of users is known yet: a watch could not tell anything."}
    rate = baseline.requests / baseline.seconds
    # Seeded: the same traffic gives the same forecast.
    draw = random.Random(0).random  # noqa: S311 - nothing secret
    found = forecast(watch, baseline, rate, RATES, draw, stages=stages)
    return answer | {
        "seconds": round(baseline.seconds, 1),
        "requests_per_second": round(rate, 2),
        "error_rate": baseline.errors / baseline.requests,
        "limit": _limit(watch, baseline, stages),
        "finds": [{"error_rate": one.rate, "seconds": one.seconds} for one in found],
        "sentence": in_words(watch, rate, found),
    }


def _limit(watch: Watch, baseline: Baseline, stages: int) -> float | None:
    """The error rate that would be tolerated; None when any would, or none is asked about."""
    guard = next((guard for guard in watch.guards if isinstance(guard, ErrorRate)), None)
    if guard is None:
        return None
    limit = error_limit(baseline, guard.worse_than, alpha(watch, stages) * (1.0 - FOR_THE_TEST))
    return limit if limit < 1.0 else None


def _asking(state: AppState) -> Release | None:
    """Whose watch is next: another file may ask for another one."""
    d = state.deployment
    deployed = state.releases.get(d.release) if d is not None and d.what is Kind.DEPLOY else None
    return deployed or state.live_release
