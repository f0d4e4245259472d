"""How every application stands now, as metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bluegreen.core.model import AppState, Color, EnvironmentState, Phase
from bluegreen.engine.application import Application
from bluegreen.engine.families import Family
from bluegreen.engine.standby import standby_is_healthy
from bluegreen.runtimes.base import InstanceState, InstanceStatus

WATCH = ("none", "watching", "held")


class StateMetrics:
    """Gauges, filled application by application."""

    def __init__(self) -> None:
        app = ("app",)
        self._epoch = Family("gauge", "bluegreen_epoch", "The number of the route; it only grows.", app)
        self._live = Family(
            "info", "bluegreen_live", "Which environment and release is live.", (*app, "environment", "release")
        )
        self._share = Family(
            "gauge", "bluegreen_route_share_ratio", "Share of users that the route gives.", (*app, "environment")
        )
        self._pending = Family(
            "gauge",
            "bluegreen_route_pending_seconds",
            "For how long a route that was asked for has not been confirmed; 0: none is.",
            app,
        )
        self._phase = Family(
            "gauge", "bluegreen_deployment_phase", "1 for the phase that a deployment is in.", (*app, "phase")
        )
        self._watch = Family(
            "gauge",
            "bluegreen_watch_state",
            "1 for the state of the watch; held: a person is waited for.",
            (*app, "state"),
        )
        self._standby = Family(
            "gauge",
            "bluegreen_standby_healthy",
            "Whether users could be led back to the standby at once; nothing without one.",
            app,
        )
        self._instances = Family(
            "gauge", "bluegreen_instances", "Instances as they were observed.", (*app, "place", "component", "state")
        )
        self._sampled = Family("counter", "bluegreen_samples", "Answers that came to the scorer.", app)
        self._dropped = Family("counter", "bluegreen_samples_dropped", "Those that it had no room for.", app)
        self._unsaved = Family(
            "gauge",
            "bluegreen_journal_unsaved",
            "Events in force that are not in the journal, because it cannot be written.",
            app,
        )

    @property
    def families(self) -> list[Family]:
        return list(vars(self).values())

    def add(self, app: Application, statuses: Sequence[InstanceStatus], now: float) -> None:
        """One application as it stands, with its instances."""
        state = app.state
        self._epoch.add(app.name, value=state.epoch)
        if state.live is not None and state.live_release is not None:
            self._live.add(app.name, str(state.live), state.live_release.name, value=1)
        for color in Color:
            share = state.confirmed.share(color) if state.confirmed else 0
            self._share.add(app.name, str(color), value=share / 100)
        pending = now - state.requested_at if state.unconfirmed is not None else 0.0
        self._pending.add(app.name, value=max(0.0, pending))
        for phase in Phase:
            if phase is not Phase.ENDED:
                self._phase.add(
                    app.name, str(phase), value=state.deployment is not None and state.deployment.phase is phase
                )
        for name in WATCH:
            self._watch.add(app.name, name, value=name == _watch(state))
        if state.environments[state.idle].state is EnvironmentState.STANDBY:
            self._standby.add(app.name, value=standby_is_healthy(state, statuses))
        counted = Counter((str(s.id.place), s.id.component, s.state) for s in statuses)
        for place, component in sorted({(place, component) for place, component, _ in counted}):
            for instance_state in InstanceState:
                self._instances.add(
                    app.name, place, component, str(instance_state), value=counted[place, component, instance_state]
                )
        if (shown := app.sampling.shown(app.name)) is not None:
            self._sampled.add(app.name, value=shown.seen)
            self._dropped.add(app.name, value=shown.dropped)
        self._unsaved.add(app.name, value=app.history.unsaved)


def _watch(state: AppState) -> str:
    if state.watching is None:
        return "none"
    return "held" if state.watching.held else "watching"
