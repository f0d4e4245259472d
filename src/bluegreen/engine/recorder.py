"""What the live release of each application did in the last hour: what a new one is compared with."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from bluegreen.core.evidence import Interval
from bluegreen.core.model import AppState, Color, Environment
from bluegreen.engine.business_events import BusinessEvents
from bluegreen.engine.counts import Totals, times_between, totals
from bluegreen.routers.base import Measurement, Times
from bluegreen.scorer.base import NOTHING_SCORED, Tally

WINDOW = 3600.0
"""Seconds that are remembered."""
INTERVAL = 10.0
"""Seconds that are added up to one interval."""
ENOUGH = 600.0
"""Seconds of intervals of our own, below which what the proxy counted before them is taken as well."""
NEW = 60.0
"""Seconds below which a live release is too new to be compared with alone: what was live before it is taken as well."""


@dataclass(frozen=True)
class Recorded:
    """The live release on live traffic."""

    intervals: tuple[Interval, ...] = ()
    times: Times = field(default_factory=dict)
    events: Mapping[str, int] = field(default_factory=dict)
    answers: tuple[tuple[float, Mapping[str, Tally]], ...] = ()
    """Seconds of each interval, and how sampled answers were scored in it, by the rule's key."""

    @property
    def seconds(self) -> float:
        return sum(interval.seconds for interval in self.intervals)

    @property
    def requests(self) -> int:
        return sum(interval.requests for interval in self.intervals)

    @property
    def errors(self) -> int:
        return sum(interval.errors for interval in self.intervals)


@dataclass(frozen=True)
class _Stretch:
    interval: Interval
    times: Times
    events: Mapping[str, int]
    answers: Mapping[str, Tally]


class Reported(NamedTuple):
    """What was told of a run beside what the router counts."""

    events: Mapping[str, int]
    answers: Mapping[str, Tally]


class _Record:
    """One run of a live environment."""

    def __init__(self, run: tuple[str, int]) -> None:
        self.run = run
        self.stretches: deque[_Stretch] = deque()
        self.earlier: _Stretch | None = None
        """What the proxy had counted before the first measurement."""
        self.last: tuple[float, Totals, Reported] | None = None

    def is_due(self, at: float, least: float) -> bool:
        return self.last is None or at - self.last[0] >= least

    def take(self, at: float, now: Totals, reported: Reported, lived: float) -> None:
        if self.last is not None:
            self._add(at, now, reported)
        elif self.earlier is None and not self.stretches and lived >= 0.0:  # else the clock was put back
            interval = Interval(max(lived, 1.0), now.answered, now.errors)
            self.earlier = _Stretch(interval, now.times, *reported)
        self.last = (at, now, reported)

    def _add(self, at: float, now: Totals, reported: Reported) -> None:
        assert self.last is not None
        since, before, (counted, scored) = self.last
        times = times_between(before.times, now.times)
        requests, errors = now.answered - before.answered, now.errors - before.errors
        if times is None or requests < 0 or errors < 0:
            self.earlier = None  # the proxy began anew; what came in between is not known
            return
        grown = {name: max(0, count - counted.get(name, 0)) for name, count in reported.events.items()}
        more = {key: tally.since(scored.get(key, NOTHING_SCORED)) for key, tally in reported.answers.items()}
        self.stretches.append(_Stretch(Interval(at - since, requests, errors), times, grown, more))
        while _seconds(self.stretches) > WINDOW:
            self.stretches.popleft()

    def known(self) -> list[_Stretch]:
        own = list(self.stretches)
        if self.earlier is not None and _seconds(own) < ENOUGH:
            own.insert(0, self.earlier)
        return own


class Recorder:
    """Remembers, for each application, what its live environment did."""

    def __init__(
        self,
        states: Callable[[], Iterable[AppState]],
        business: BusinessEvents,
        clock: Callable[[], float],
        answers: Callable[[str, Color, int], Mapping[str, Tally]] = lambda app, color, generation: {},
    ):
        self._states = states
        self._business = business
        self._answers = answers
        self._clock = clock
        self._records: dict[str, list[_Record]] = {}
        """Of each application: the runs that were live last, at most one for each colour, the newest at the end."""

    def take(self, measurement: Measurement, *, least: float = INTERVAL - 1) -> None:
        """Remember what a measurement says of every live environment whose last interval is so old (seconds)."""
        known = {state.app: state for state in self._states()}
        self._records = {app: record for app, record in self._records.items() if app in known}
        for app, state in known.items():
            live = state.live
            # While a route is split, the old release has only a part of its users: not what it is like.
            if live is None or state.confirmed is None or state.confirmed.sole is None:
                self._pause(app)
                continue
            environment = state.environments[live]
            run = (str(live), environment.generation)
            newest = self._newest(app)
            if newest is not None and newest.run == run and not newest.is_due(measurement.at, least):
                continue
            found = totals(measurement, state, live)
            if found is None:
                continue
            reported = Reported(
                self._business.totals(app, live, environment.generation),
                self._answers(app, live, environment.generation),
            )
            lived = self._clock() - _live_since(state, environment)
            self._record(app, run).take(measurement.at, found, reported, lived)

    def _newest(self, app: str) -> _Record | None:
        records = self._records.get(app)
        return records[-1] if records else None

    def _pause(self, app: str) -> None:
        """What counts from here on, until there is something to be remembered again, is left out."""
        if (newest := self._newest(app)) is not None:
            newest.last = None

    def _record(self, app: str, run: tuple[str, int]) -> _Record:
        """The record of the run that is live now, made the newest one."""
        records = self._records.setdefault(app, [])
        record = next((one for one in records if one.run == run), None) or _Record(run)
        # What counts while it was not live is not known to be from users who were led there.
        if records and records[-1] is not record:
            record.last = None
        others = [one for one in records if one.run[0] != run[0]]
        self._records[app] = [*others, record]
        return record

    def recorded(self, state: AppState) -> Recorded:
        """What is known of the live release of an application; empty when nothing is."""
        records, live = self._records.get(state.app), state.live
        if not records or live is None or records[-1].run != (str(live), state.environments[live].generation):
            return Recorded()
        known = records[-1].known()
        if _seconds(known) < NEW:
            known = [stretch for record in records for stretch in record.known()]
        return Recorded(
            tuple(stretch.interval for stretch in known),
            _added(stretch.times for stretch in known),
            _added(stretch.events for stretch in known),
            tuple((stretch.interval.seconds, stretch.answers) for stretch in known),
        )


def _live_since(state: AppState, environment: Environment) -> float:
    """Since when a run has had users, at the latest: one that was brought back had some before."""
    ended = (d.ended for d in state.ended if d.number == environment.generation and d.ended is not None)
    return min([environment.since, *ended])


def _seconds(stretches: Iterable[_Stretch]) -> float:
    return sum(stretch.interval.seconds for stretch in stretches)


K = TypeVar("K")


def _added(parts: Iterable[Mapping[K, int]]) -> Mapping[K, int]:
    together: dict[K, int] = {}
    for part in parts:
        for key, count in part.items():
            together[key] = together.get(key, 0) + count
    return together
