"""Carries out what a watch needs: the baseline before the switch, evidence after it, and a look at the standby."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bluegreen.checks.sources import Asked, Source, Watched
from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.errors import BluegreenError, TemporaryError
from bluegreen.core.evidence import Baseline
from bluegreen.core.model import AppState, Color
from bluegreen.core.spec import EventRatio, HttpCheck, HttpProbe, Prometheus, Watch
from bluegreen.core.statistics.baseline import freeze
from bluegreen.core.steps import shift_of, watch_of
from bluegreen.core.verdict import Verdict
from bluegreen.core.watching import Watching
from bluegreen.engine.evidence import TickMaker
from bluegreen.engine.pulse import Pulse
from bluegreen.engine.recorder import WINDOW, Recorder
from bluegreen.engine.services import Events, Services
from bluegreen.engine.sources import Readings, read_once
from bluegreen.engine.unwritten import Record, Unwritten
from bluegreen.routers.base import Measurement

GAP = 3.0
"""Seconds without evidence after which it is said that some is missing."""
PROBE_WITHIN = 2.0
PROBES = 2
"""How often the standby is asked each thing: it fails where every try does, so that one slow answer holds nobody."""


@dataclass(frozen=True)
class Observation:
    """The two that know what live traffic is like, shared by all applications of a controller."""

    pulse: Pulse
    recorder: Recorder


class Watcher:
    """The watch of one application."""

    def __init__(
        self, services: Services, observation: Observation, state: Callable[[], AppState], record: Record
    ) -> None:
        self._services = services
        self._pulse = observation.pulse
        self._recorder = observation.recorder
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
        stages = len(shift_of(state, d)) - (1 if watch.holdback else 0)
        baseline = freeze(recorded.intervals, recorded.times, watch, stages)
        values, missing = await self._values_before(watch, state, d.color.other)
        if isinstance(measured, str) and not baseline.requests:
            missing = {**missing, **{g.name: measured for g in watch.guards if g.kind in ("error_rate", "latency")}}
        events = {
            guard.name: (recorded.events.get(guard.event, 0), recorded.events.get(guard.per, 0))
            for guard in watch.guards
            if isinstance(guard, EventRatio)
        }
        baseline = replace(baseline, values=values, events=events, missing={**baseline.missing, **missing})
        return [(e.BaselineTaken(action.deployment, baseline), _in_words(baseline))]

    async def _values_before(
        self, watch: Watch, state: AppState, color: Color
    ) -> tuple[Mapping[str, tuple[float, ...]], Mapping[str, str]]:
        guards = [g for g in watch.guards if isinstance(g, Prometheus) and g.worse_than is not None]
        values: dict[str, tuple[float, ...]] = {}
        missing: dict[str, str] = {}
        watched = watched_of(self._services, state, color)
        found = await asyncio.gather(*(_before(self._services.sources, g, watched) for g in guards))
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
        maker = TickMaker(self._state, color, services.business_events, services.clock)
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
        answers = await asyncio.gather(
            *(read_once(self._services.sources, probe, watched) for probe in probes for _ in range(PROBES))
        )
        tries = [answers[i : i + PROBES] for i in range(0, len(answers), PROBES)]
        asked = list(zip(probes, tries, strict=True))
        bad = [(p.name, found[0].why) for p, found in asked if all(r.verdict is Verdict.BLOCK for r in found)]
        good = [reading for reading in answers if reading.verdict is Verdict.ALLOW]
        verdict = Verdict.BLOCK if bad else Verdict.ALLOW if good else Verdict.CANNOT_TELL
        reason = {
            Verdict.BLOCK: f"the old environment fails as well: {bad[0][1] if bad else ''}",
            Verdict.ALLOW: f"the old environment answered {len(good)} of {len(answers)} probes as expected",
            Verdict.CANNOT_TELL: f"the old environment could not be asked: {answers[0].why}"
            if answers
            else "nothing in the file says how to ask the old environment",
        }[verdict]
        evidence = {"probes": [p.name for p in probes], "failed": [f"{name}: {why}" for name, why in bad]}
        return [(e.StandbyProbed(action.deployment, action.step, verdict, evidence), reason)]


def probes_of(state: AppState, color: Color) -> Sequence[HttpProbe]:
    """What an environment can be asked: the checks, guards and readiness of its file that are plain requests."""
    spec = state.spec_of(color)
    if spec is None:
        return ()
    paths: dict[str, HttpProbe] = {}
    for check in spec.verify:
        if isinstance(check, HttpCheck) and check.method == "GET":
            paths.setdefault(check.path, HttpProbe(check.path, check.status, within=PROBE_WITHIN))
    for guard in spec.watch.guards if spec.watch else ():
        if isinstance(guard, HttpProbe):
            paths.setdefault(guard.path, replace(guard, within=PROBE_WITHIN))
    for component in spec.per_environment:
        if component.receives and component.ready.http:
            paths.setdefault(component.ready.http, HttpProbe(component.ready.http, within=PROBE_WITHIN))
    return tuple(paths.values())


def watched_of(services: Services, state: AppState, color: Color) -> Watched:
    """How to reach the environment of a colour, past the router."""
    environment = state.environments[color]
    assert environment.release is not None
    release = state.releases[environment.release]
    instances = {
        prefix: environment.endpoints.get(component.name, ())
        for component in release.spec.per_environment
        for prefix in component.receives
    }
    return Watched(
        instances=instances,
        host=release.spec.hosts[0] if release.spec.hosts else None,
        folder=str(services.store.folder(state.app, release)),
        env=services.instances.variables(state.app, release, color, None),
        secrets=services.store.secret_values(state.app, release),
    )


async def _before(sources: Mapping[str, Source[Any]], guard: Asked, watched: Watched) -> Sequence[float] | str:
    source = sources.get(guard.kind)
    if source is None:
        return f"nothing that reads `{guard.kind}` is installed"
    try:
        async with asyncio.timeout(guard.within + 1.0):
            return await source.before(guard, watched, WINDOW)
    except TimeoutError:
        return f"no answer within {guard.within:g} s"
    except (BluegreenError, TemporaryError) as error:
        return f"{error.what} {error.why}".strip()
    except Exception as error:
        return f"it could not be asked: {type(error).__name__}: {error}"


def _in_words(baseline: Baseline) -> str:
    if not baseline.requests:
        return "no request of users is known of the release before"
    share = baseline.errors / baseline.requests
    return f"{share:.2%} of {baseline.requests:,} requests failed in {baseline.seconds:.0f} s before the switch"
