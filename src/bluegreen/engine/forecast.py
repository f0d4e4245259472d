"""How soon a bad release would be found, at the traffic that the live one had."""

from __future__ import annotations

import random
from typing import Any

from bluegreen.core.forecast import forecast, in_words
from bluegreen.core.model import AppState
from bluegreen.core.statistics.baseline import freeze
from bluegreen.engine.recorder import Recorded

RATES = (0.02, 0.005, 0.002)
"""Error rates that are asked about."""


def forecast_json(state: AppState, recorded: Recorded) -> dict[str, Any]:
    """The forecast for the live release's own watch; without traffic or a watch it says so."""
    live = state.live_release
    watch = live.spec.watch if live else None
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
    if live is None:
        return answer | {"sentence": "No release is live, so there is no traffic to go by."}
    if watch is None:
        return answer | {"sentence": f"{live.name} asks for no watch."}
    if not recorded.requests:
        return answer | {"sentence": "No request of users is known yet: a watch could not tell anything."}
    stages = 1
    baseline = freeze(recorded.intervals, recorded.times, watch, stages)
    rate = recorded.requests / recorded.seconds
    # Seeded: the same traffic gives the same forecast.
    draw = random.Random(0).random  # noqa: S311 - nothing secret
    found = forecast(watch, baseline, rate, RATES, draw, stages=stages)
    return answer | {
        "requests_per_second": round(rate, 2),
        "error_rate": recorded.errors / recorded.requests,
        "finds": [{"error_rate": one.rate, "seconds": one.seconds} for one in found],
        "sentence": in_words(watch, rate, found),
    }
