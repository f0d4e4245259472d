"""Gathers the evidence of one step under watch: a tick for each measurement."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bluegreen.core.evidence import Counted as CountedRequests
from bluegreen.core.evidence import EventCounts, Reading, Threshold, Tick
from bluegreen.core.model import AppState, Color
from bluegreen.core.spec import EventRatio
from bluegreen.core.watching import Watching
from bluegreen.engine.answers import Answers, Counted, counts_between
from bluegreen.engine.business_events import BusinessEvents
from bluegreen.engine.counts import Totals, counted_between, totals
from bluegreen.routers.base import Measurement

BEGAN_ANEW = "the proxy's counters began anew"
NOT_KNOWN = "the proxy does not know this environment"


class TickMaker:
    """Makes ticks out of measurements, for the new environment and, while the route is split, for the old one."""

    def __init__(
        self,
        state: Callable[[], AppState],
        color: Color,
        business: BusinessEvents,
        answers: Answers,
        clock: Callable[[], float],
    ) -> None:
        self._state = state
        self._color = color
        self._business = business
        self._answers = answers
        self._scored: Mapping[Color, Counted] = {}
        self._clock = clock
        self._at = 0.0
        """Of the last tick, by the monotonic clock."""
        self._before: Mapping[Color, Totals] = {}
        self._events: Mapping[str, EventCounts] = {}

    def begin(self, measured: Measurement | str, at: float) -> None:
        """Where counting begins; ``at`` is now, by the monotonic clock."""
        watching = self._watching()
        self._at = at
        if isinstance(measured, Measurement):
            self._at = measured.at
            self._before = self._totals(measured, watching)
        self._event_counts(watching)
        self._answer_counts(watching)

    def tick(self, measured: Measurement | str, at: float, readings: Mapping[str, Reading]) -> Tick:
        """What happened since the last tick; ``at`` is now, by the monotonic clock."""
        watching = self._watching()
        if isinstance(measured, str):
            return self._finish(at, {}, readings, watching, missing=measured)
        before, self._before = self._before, self._totals(measured, watching)
        baseline = self._state().baseline
        thresholds = baseline.thresholds if baseline else ()
        counted, missing = _counted(self._colors(watching), before, self._before, thresholds)
        return self._finish(measured.at, counted, readings, watching, missing=missing)

    def _watching(self) -> Watching:
        watching = self._state().watching
        assert watching is not None
        return watching

    def _colors(self, watching: Watching) -> list[Color]:
        return [self._color, self._color.other] if watching.judging.share < 100 else [self._color]

    def _totals(self, measured: Measurement, watching: Watching) -> Mapping[Color, Totals]:
        found = {color: totals(measured, self._state(), color) for color in self._colors(watching)}
        return {color: one for color, one in found.items() if one is not None}

    def _finish(
        self,
        at: float,
        counted: Mapping[Color, CountedRequests],
        readings: Mapping[str, Reading],
        watching: Watching,
        *,
        missing: str,
    ) -> Tick:
        span, self._at = max(0.0, at - self._at), at
        return Tick(
            at=round(self._clock(), 3),
            span=round(span, 3),
            new=counted.get(self._color),
            old=counted.get(self._color.other),
            readings={**readings, **self._answers.readings(watching.judging.watch)},
            events={**self._event_counts(watching), **self._answer_counts(watching)},
            missing=missing,
        )

    def _answer_counts(self, watching: Watching) -> Mapping[str, EventCounts]:
        """How sampled answers of both releases were scored since the last tick, by the new one's rules."""
        state, guards = self._state(), watching.judging.watch.of_answers
        release = state.releases.get(state.environments[self._color].release or 0)
        if not guards or release is None:
            return {}
        before, self._scored = (
            self._scored,
            {
                color: self._answers.totals(state.app, color, state.environments[color].generation)
                for color in (self._color, self._color.other)
            },
        )
        if not before:
            return {}
        new, old = ((before[color], self._scored[color]) for color in (self._color, self._color.other))
        return counts_between(self._answers.rules(state.app, release), guards, state.baseline, new, old)

    def _event_counts(self, watching: Watching) -> Mapping[str, EventCounts]:
        """How the business events of both releases have grown since the last tick."""
        state = self._state()
        new, old = (
            self._business.totals(state.app, color, state.environments[color].generation)
            for color in (self._color, self._color.other)
        )
        now = {
            guard.name: EventCounts(
                new.get(guard.event, 0), new.get(guard.per, 0), old.get(guard.event, 0), old.get(guard.per, 0)
            )
            for guard in watching.judging.watch.guards
            if isinstance(guard, EventRatio)
        }
        before, self._events = self._events, now
        return {
            name: EventCounts(*(max(0, b - a) for a, b in zip(before[name], counts, strict=True)))
            for name, counts in now.items()
            if name in before
        }


def _counted(
    colors: list[Color], before: Mapping[Color, Totals], now: Mapping[Color, Totals], thresholds: tuple[Threshold, ...]
) -> tuple[Mapping[Color, CountedRequests], str]:
    """What each environment did, and why one of them is missing."""
    counted: dict[Color, CountedRequests] = {}
    missing = ""
    for color in colors:
        if color not in now:
            missing = NOT_KNOWN
        elif color not in before:
            missing = missing or "this is where counting begins"
        elif (found := counted_between(before[color], now[color], thresholds)) is None:
            missing = BEGAN_ANEW
        else:
            counted[color] = found
    return counted, missing
