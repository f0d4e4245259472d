"""A quarter of an hour of figures of every application, and the moments at which its route moved."""

from __future__ import annotations

import contextlib
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from bluegreen.core.model import AppState, Color
from bluegreen.engine.counts import Totals, totals
from bluegreen.engine.figures import Figures, Point, figures_between, packed, unpacked
from bluegreen.routers.base import Measurement

KEPT = 900.0
"""Seconds that are kept."""
SPAN = 2.5
"""Seconds that a point looks back over at most, where measurements are closer together."""
AT_REST = 9.0
"""Seconds between the points of an application that nobody follows and that is not under watch."""
OLD = 30.0
"""Seconds after which a measurement is too old to count from."""


@dataclass(frozen=True)
class _Reading:
    at: float
    """By the monotonic clock."""
    runs: tuple[tuple[int, Totals] | None, tuple[int, Totals] | None]
    """Generation and counters of each environment."""


@dataclass
class _Kept:
    readings: deque[_Reading] = field(default_factory=deque)
    points: deque[bytes] = field(default_factory=deque)
    newest: Point | None = None


class FiguresHistory:
    """Takes in every measurement."""

    def __init__(self, states: Callable[[], Iterable[AppState]], clock: Callable[[], float]) -> None:
        self._states = states
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._followed: Counter[str] = Counter()

    @contextlib.contextmanager
    def followed(self, app: str) -> Iterator[None]:
        """As long as this is open, every measurement makes a point of this application."""
        self._followed[app] += 1
        try:
            yield
        finally:
            self._followed[app] -= 1

    def take(self, measurement: Measurement) -> None:
        known = {state.app: state for state in self._states()}
        self._kept = {app: kept for app, kept in self._kept.items() if app in known}
        for app, state in known.items():
            kept = self._kept.setdefault(app, _Kept())
            closely = self._followed[app] or state.watching is not None
            if closely or not kept.readings or measurement.at - kept.readings[-1].at >= AT_REST:
                self._add(kept, state, measurement)

    def _add(self, kept: _Kept, state: AppState, measurement: Measurement) -> None:
        runs = tuple(_run(measurement, state, color) for color in Color)
        reading = _Reading(measurement.at, (runs[0], runs[1]))
        while len(kept.readings) > 1 and reading.at - kept.readings[0].at > SPAN:
            kept.readings.popleft()
        found = [_figures(kept.readings, reading, index) for index in range(2)]
        kept.readings.append(reading)
        kept.newest = Point(self._clock(), (found[0], found[1]))
        kept.points.append(packed(kept.newest))
        while unpacked(kept.points[0]).at < kept.newest.at - KEPT or len(kept.points) > KEPT:
            kept.points.popleft()

    def newest(self, app: str) -> Point | None:
        """The last point; None when there is none."""
        kept = self._kept.get(app)
        return kept.newest if kept else None

    def points(self, app: str, seconds: float) -> list[Point]:
        """Those of the last so many seconds, oldest first."""
        kept = self._kept.get(app)
        since = self._clock() - seconds
        return [point for point in map(unpacked, kept.points) if point.at >= since] if kept else []


def _run(measurement: Measurement, state: AppState, color: Color) -> tuple[int, Totals] | None:
    found = totals(measurement, state, color)
    return None if found is None else (state.environments[color].generation, found)


def _figures(readings: Iterable[_Reading], now: _Reading, index: int) -> Figures | None:
    """Of one environment since the oldest of the readings that is of the same run."""
    current = now.runs[index]
    if current is None:
        return None
    for before in readings:
        earlier = before.runs[index]
        if earlier is not None and earlier[0] == current[0] and now.at - before.at <= OLD:
            found = figures_between(earlier[1], current[1], now.at - before.at)
            if found is not None:
                return found
    return None
