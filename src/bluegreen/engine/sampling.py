"""How many answers of each application are sampled, and that somebody scores them."""

from __future__ import annotations

from typing import Any

from bluegreen.core.model import AppState
from bluegreen.engine.answers import Answers, watched_releases
from bluegreen.engine.routing import NOT_SAMPLED, Sampled
from bluegreen.routers.base import Measurement
from bluegreen.scorer.base import Scorer, Shown, Wanted

MOST = 200.0
"""Answers a second of all applications together that are sampled: few enough to be scored without holding up
anything. Beyond what can be read, answers would be left out by how long they are, and not by chance."""
UNKNOWN = 1.0
"""Per cent that are sampled at most while it is not known how many requests there are."""
RAISED = 1.5
"""A share is raised only when it can be by so much: each change is told to the router."""


class Sampling:
    """Decides the share that is sampled from what the file asks for, how many requests there are, and how the scorer
    is doing."""

    def __init__(self, scorer: Scorer | None, answers: Answers) -> None:
        self._scorer = scorer
        self._answers = answers
        self._wanted: dict[str, Wanted] = {}
        self._told: dict[str, Sampled] = {}
        self._requests: dict[str, tuple[float, int]] = {}
        """When requests were counted last, and how many."""
        self._rates: dict[str, float] = {}
        """Requests a second."""

    def follow(self, state: AppState) -> None:
        """What an application wants may have changed."""
        wanted = self._answers.wanted(state)
        if self._scorer is None or wanted == self._wanted.get(state.app):
            return
        if wanted is None:
            del self._wanted[state.app]
        else:
            self._wanted[state.app] = wanted
        self._scorer.want(dict(self._wanted))

    def take(self, measurement: Measurement) -> None:
        """How many requests there are."""
        counted: dict[str, int] = {}
        for backend, measured in measurement.backends.items():
            app = backend.partition("/")[0]
            if app in self._wanted:
                counted[app] = counted.get(app, 0) + measured.traffic.requests
        for app, requests in counted.items():
            at, before = self._requests.get(app, (measurement.at, requests))
            if measurement.at > at and requests >= before:
                self._rates[app] = (requests - before) / (measurement.at - at)
        self._requests = {app: (measurement.at, requests) for app, requests in counted.items()}
        self._rates = {app: rate for app, rate in self._rates.items() if app in counted}

    @property
    def is_on(self) -> bool:
        """Whether answers of some application are wanted."""
        return bool(self._wanted)

    def of(self, state: AppState) -> Sampled:
        """What is to be sampled of an application now: for the router to be told."""
        self._told[state.app] = found = self._find(state)
        return found

    def shown(self, app: str) -> Shown | None:
        """How many answers of an application came to the scorer; None while none is wanted."""
        if self._scorer is None or app not in self._wanted:
            return None
        return self._scorer.shown().get(app, Shown())

    def json(self, app: str) -> dict[str, Any] | None:
        """The sampling of an application as tools read of it; None while nothing is wanted."""
        shown = self.shown(app)
        if self._scorer is None or shown is None:
            return None
        share = self._told.get(app, NOT_SAMPLED).share
        return {"share": share, "seen": shown.seen, "dropped": shown.dropped, "why": self._scorer.trouble or None}

    def has_changed(self, state: AppState) -> bool:
        """Whether the router is to be told anew."""
        return self._find(state) != self._told.get(state.app, NOT_SAMPLED)

    def _find(self, state: AppState) -> Sampled:
        asked = [release.spec.watch.samples for release in watched_releases(state) if release.spec.watch]
        if not asked or self._scorer is None or self._scorer.trouble or state.app not in self._wanted:
            return NOT_SAMPLED
        paths = tuple(sorted({path for samples in asked for path in samples.paths}))
        return Sampled(self._share(state.app, max(samples.of for samples in asked)), paths)

    def _share(self, app: str, asked: float) -> float:
        rate, before = self._rates.get(app), self._told.get(app, NOT_SAMPLED).share
        if rate is None:
            return min(asked, before or UNKNOWN)
        most = MOST / max(1, len(self._wanted))
        possible = min(asked, float(f"{100.0 * most / max(rate, 0.1):.2g}"))
        if 0.0 < before <= possible < min(asked, before * RAISED):
            return before
        return max(possible, 0.01)
