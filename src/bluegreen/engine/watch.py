"""Carries out what a watch needs: the baseline before the switch, evidence after it, and a look at the standby."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bluegreen.checks.sources import Watched
from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.evidence import Baseline, Reading
from bluegreen.core.model import AppState, Color
from bluegreen.core.spec import EventRatio, HttpProbe, Prometheus, Watch
from bluegreen.core.standby_probe import TRIES, judge_probes, probes_of
from bluegreen.core.statistics.baseline import freeze
from bluegreen.core.steps import judged_steps, watch_of
from bluegreen.core.watching import Watching
from bluegreen.engine.answers import Answers, answers_before
from bluegreen.engine.evidence import TickMaker
from bluegreen.engine.pulse import Pulse
from bluegreen.engine.reach import instances_of
from bluegreen.engine.recorder import WINDOW, Recorder
from bluegreen.engine.sampling import Sampling
from bluegreen.engine.services import Events, Services
from bluegreen.engine.sources import Readings, read_once, remembered
from bluegreen.engine.unwritten import Record, Unwritten
from bluegreen.routers.base import Measurement

GAP = 3.0
"""Seconds without evidence after which it is said that some is missing."""


@dataclass(frozen=True)
class Observation:
    """Those that know what live traffic is like, shared by all applications of a controller."""

    pulse: Pulse
    recorder: Recorder
    answers: Answers
    sampling: Sampling


class Watcher:
    """The watch of one application."""

    def __init__(
        self, services: Services, observation: Observation, state: Callable[[], AppState], record: Record
    ) -> None:
        self._services = services
        self._pulse = observation.pulse
        self._recorder = observation.recorder
        self._answers = observation.answers
        self._state = state
        self._unwritten = Unwritten(state, record)
        self._seen: tuple[int, int] | None = None
        """Deployment and step that this controller has gathered evidence of."""

    @property
    def ahead(self) -> Watching | None:
        """The watch with the evidence that is not written down yet: for `status`."""
        return self._unwritten.ahead

    # --- before the switch

    async def take_baseline(self, action: a.TakeBaseline) -> Events:
        """Freeze what the live release is like. What cannot be had is missing in it, and never holds up the switch."""
        state = self._state()
        d = state.deployment
        assert d is not None
        watch = watch_of(state, d)
        assert watch is not None
        measured = await self._pulse.now()
        if isinstance(measured, Measurement):
            self._recorder.take(measured, least=1.0)
        recorded = self._recorder.recorded(state)
        baseline = freeze(recorded.intervals, recorded.times, watch, judged_steps(state, d))
        values, missing = await self._values_before(watch, state, d.color.other)
        if isinstance(measured, str) and not baseline.requests:
            missing = {**missing, **{g.name: measured for g in watch.guards if g.kind in ("error_rate", "latency")}}
        events = {
            guard.name: (recorded.events.get(guard.event, 0), recorded.events.get(guard.per, 0))
            for guard in watch.guards
            if isinstance(guard, EventRatio)
        }
        rules = self._answers.rules(state.app, state.releases[d.release])
        answers = answers_before(recorded, rules, watch, judged_steps(state, d))
        baseline = replace(
            baseline, values=values, events=events, answers=answers, missing={**baseline.missing, **missing}
        )
        return [(e.BaselineTaken(action.deployment, baseline), _in_words(baseline))]

    async def _values_before(
        self, watch: Watch, state: AppState, color: Color
    ) -> tuple[Mapping[str, tuple[float, ...]], Mapping[str, str]]:
        guards = [g for g in watch.guards if isinstance(g, Prometheus) and g.worse_than is not None]
        values: dict[str, tuple[float, ...]] = {}
        missing: dict[str, str] = {}
        watched = watched_of(self._services, state, color)
        found = await asyncio.gather(*(remembered(self._services.sources, g, watched, WINDOW) for g in guards))
        for guard, answer in zip(guards, found, strict=True):
            if isinstance(answer, str):
                missing[guard.name] = answer
            else:
                values[guard.name] = tuple(answer)
        return values, missing

    # --- after it

    async def gather(self, action: a.GatherEvidence) -> Events:
        """Gather evidence until something follows from it; this never ends by itself: what follows ends it."""
        state = self._state()
        assert state.watching is not None
        assert state.deployment is not None
        await self._unwritten.begin(self._resumed(action, state.watching))
        color, services, loop = state.deployment.color, self._services, asyncio.get_running_loop()
        readings = Readings(services.sources, state.watching.judging.watch, watched_of(services, state, color))
        maker = TickMaker(self._state, color, services.business_events, self._answers, services.clock)
        try:
            with self._pulse.followed(), readings.gathering():
                first = await self._pulse.next()
                if not self._is_wanted(action):
                    return []
                maker.begin(first, loop.time())
                while True:
                    measured = await self._pulse.next()
                    if not self._is_wanted(action):
                        return []
                    await self._unwritten.take(action, maker.tick(measured, loop.time(), readings.take()))
        finally:
            self._unwritten.forget()

    def _is_wanted(self, action: a.GatherEvidence) -> bool:
        state = self._state()
        ours = state.deployment is not None and state.deployment.number == action.deployment
        return ours and state.watching is not None and state.watching.step == action.step

    def _resumed(self, action: a.GatherEvidence, watching: Watching) -> Events:
        """What was missed, where another controller has gathered evidence before."""
        key = (action.deployment, action.step)
        missed = self._services.clock() - watching.last_at
        seen, self._seen = self._seen, key
        if seen == key or missed <= GAP:
            return []
        event = e.WatchResumed(action.deployment, action.step, round(missed, 1))
        return [(event, f"{missed:.0f} s were not watched")]

    # --- before going back

    async def probe(self, action: a.ProbeStandby) -> Events:
        """Ask the old environment what its checks and guards ask: allow, block, or cannot tell when there is nothing
        to ask."""
        state = self._state()
        watched = watched_of(self._services, state, action.color)
        probes = probes_of(state, action.color)
        answers = await asyncio.gather(*(self._tries(probe, watched) for probe in probes))
        probed = judge_probes(probes, answers)
        return [(e.StandbyProbed(action.deployment, action.step, probed.verdict, probed.evidence), probed.reason)]

    async def _tries(self, probe: HttpProbe, watched: Watched) -> Sequence[Reading]:
        return await asyncio.gather(*(read_once(self._services.sources, probe, watched) for _ in range(TRIES)))


def watched_of(services: Services, state: AppState, color: Color) -> Watched:
    """How to reach the environment of a colour, past the router."""
    environment = state.environments[color]
    assert environment.release is not None
    release = state.releases[environment.release]
    return Watched(
        instances=instances_of(state, color),
        host=release.spec.hosts[0] if release.spec.hosts else None,
        folder=str(services.store.folder(state.app, release)),
        env=services.instances.variables(state.app, release, color, None),
        secrets=services.store.secret_values(state.app, release),
    )


def _in_words(baseline: Baseline) -> str:
    if not baseline.requests:
        return "no request of users is known of the release before"
    share = baseline.errors / baseline.requests
    return f"{share * 100:.2g} % of {baseline.requests:,} requests failed in {baseline.seconds:.0f} s before the switch"
