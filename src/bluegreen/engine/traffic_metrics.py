"""What the router has counted, as metrics: by application, environment and release, for the runs that are there now."""

from __future__ import annotations

from collections.abc import Iterable

from bluegreen.core.model import AppState, Color
from bluegreen.engine.counts import totals
from bluegreen.engine.families import Buckets, Family
from bluegreen.routers.base import Measurement

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LABELS = ("app", "environment", "release")


def traffic_families(measured: Measurement | str, states: Iterable[AppState]) -> list[Family]:
    """Counters begin anew with each run of an environment, and when the proxy is started again."""
    up = Family("gauge", "bluegreen_router_up", "Whether the proxy answered when it was asked for its counters.")
    requests = Family("counter", "bluegreen_requests", "Requests of users.", LABELS)
    failed = Family("counter", "bluegreen_requests_failed", "Those answered with 5xx, reset or timed out.", LABELS)
    active = Family("gauge", "bluegreen_requests_active", "Requests and streams of users under way.", LABELS)
    took = Family(
        "histogram",
        "bluegreen_request_duration_seconds",
        "How long requests took, to the whole answer; a user who left before any answer counts as the longest.",
        LABELS,
    )
    known = [] if isinstance(measured, str) else [(s, c, totals(measured, s, c)) for s in states for c in Color]
    up.add(value=not isinstance(measured, str))
    for state, color, found in known:
        if found is not None:
            labels = (state.app, str(color), f"r{state.environments[color].release}")
            requests.add(*labels, value=found.arrived)
            failed.add(*labels, value=found.errors)
            active.add(*labels, value=found.waiting)
            took.add(*labels, value=Buckets.of(found.times, BOUNDS))
    return [up, requests, failed, active, took]
