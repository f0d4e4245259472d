"""A small world for the pure core: it carries actions out, fails, crashes and loses what was not written down.

After every step the invariants of DESIGN section 4 are checked against what users would get here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bluegreen.core import actions as a
from bluegreen.core import commands
from bluegreen.core import events as e
from bluegreen.core.closing import Moment
from bluegreen.core.decide import decide
from bluegreen.core.errors import NotFound, PermanentError, Refused
from bluegreen.core.evidence import Baseline, Reading, Tick
from bluegreen.core.evolve import evolve
from bluegreen.core.failures import after_failure
from bluegreen.core.model import AppState, Color, EnvironmentState, Kind, Phase, Release, Result, Route, SharedRun
from bluegreen.core.model_needs import needs, revisions
from bluegreen.core.reconcile import found
from bluegreen.core.spec import AppSpec, Call, Component, Hooks, HttpProbe, ServedModel, Switch, Watch
from bluegreen.core.steps import shift_of, watch_of
from bluegreen.core.taking import environment_lacks, taking
from bluegreen.core.verdict import Verdict
from bluegreen.engine.history import leads_back
from bluegreen.engine.recovery import RUNNING

Events = Iterable[tuple[e.Event, str]]
RELEASE = ("127.0.0.1:2",)
SHARED = ("127.0.0.1:3", "127.0.0.1:4")
"""The instances of a copy of the shared component."""


class Full(Exception):
    """The disk is full."""


def served(which: int) -> ServedModel:
    """A revision of the model that the shared component serves."""
    name = f"chat-v{which}"
    return ServedModel("chat", "ranker", name, Call("GET", "/{name}"), load=Call("PUT", "/{name}"))


def spec(**changes: object) -> AppSpec:
    web = Component("web", "run $PORT", receives=("/",))
    worker = Component("worker", "work", active="live", listens=False)
    ranker = Component("ranker", "rank $PORT", shared=True, instances=len(SHARED))
    plain = AppSpec("shop", "127.0.0.1:8080", (web, worker, ranker), keep=100.0)
    return replace(plain, **changes)  # type: ignore[arg-type]


PROBE = HttpProbe("/")
WATCH = Watch(duration=5.0, guards=(PROBE,))

SPECS = (
    spec(),
    spec(switch=Switch(shift=(5, 50, 100), hold=10.0)),
    spec(approve="by hand", approve_within=50.0),
    spec(hooks=Hooks("migrate", "warm", "tell", "tell back"), keep=5.0),
    spec(failover=True),
    spec(watch=replace(WATCH, holdback=5), switch=Switch(shift=(20, 100))),
    spec(watch=replace(WATCH, cannot_tell="finish"), hooks=Hooks(after_switch="tell")),
    spec(watch=WATCH, switch=Switch(shift=(50, 100), hold=10.0)),
    spec(watch=replace(WATCH, cannot_tell="block", shared_cause="roll back"), failover=True),
)


@dataclass
class World:
    """The journal, the router and the running environments, as they would be found after a crash."""

    now: float = 1000.0
    journal: list[e.Entry] = field(default_factory=list)
    unsaved: list[e.Draft] = field(default_factory=list)
    """In force, but not written down: the disk is full."""
    full: bool = False
    state: AppState = field(default_factory=lambda: AppState("shop"))
    route: Route | None = None
    running: dict[Color, int] = field(default_factory=dict)
    """Release by environment in which instances run."""
    workers: set[Color] = field(default_factory=set)
    copies: set[int] = field(default_factory=set)
    """Generations of the copies of the shared component that run."""
    loaded: dict[int, dict[int, set[str]]] = field(default_factory=dict)
    """The revisions that each instance (by number) of a copy of the shared component has in memory."""
    inside: int | None = None
    """The generation of the copy to which the internal listener leads."""
    passed: set[tuple[Color, int, str]] = field(default_factory=set)
    """(colour, generation, digest) whose checks passed in this world."""
    answers: Verdict | None = Verdict.ALLOW
    """What a probe of the new environment says; None: it says nothing."""
    standby: Verdict = Verdict.ALLOW
    """What a probe of the old one says."""
    releases: int = 0
    rollbacks: dict[int, int] = field(default_factory=dict)

    # --- the journal

    def append(self, events: Events | None, actor: str = "bluegreen") -> None:
        """Append all of them or, when the disk is full, none, unless they lead users back. Raises Full."""
        drafts = [e.Draft("shop", self.now, actor, reason, event) for event, reason in events or ()]
        ahead = self.state
        for draft in drafts:
            ahead = evolve(ahead, _entry(ahead.seq, draft))
        if self.full and drafts:
            if not leads_back(self.state, ahead):
                raise Full
            self.unsaved += drafts
        for draft in drafts:
            self._count_rollback(draft.event)
            self._check_judged(draft)
            self._check_way_back(draft)
            self.state = evolve(self.state, _entry(self.state.seq if self.full else len(self.journal) + 1, draft))
            if not self.full:
                self.journal.append(_entry(len(self.journal) + 1, draft))
        self.check()

    def _count_rollback(self, event: e.Event) -> None:
        if isinstance(event, e.RollbackStarted):
            self.rollbacks[event.deployment] = self.rollbacks.get(event.deployment, 0) + 1

    def _check_judged(self, draft: e.Draft) -> None:
        """A watched release is completed only when it was found healthy, or with the words that it was not judged."""
        d, end = self.state.deployment, draft.event
        if d is None or not isinstance(end, e.DeploymentEnded) or end.result is not Result.COMPLETED:
            return
        if watch_of(self.state, d) is None or "not judged" in draft.reason:
            return
        events = [x.event for x in (*self.journal, *self.unsaved)]
        judged = [x for x in events if isinstance(x, e.Judged) and x.deployment == d.number]
        assert judged, "completed without a verdict"
        assert judged[-1].verdict is Verdict.ALLOW, f"completed although it is said: {judged[-1].verdict}"
        assert judged[-1].share >= shift_of(self.state, d)[-2:][0], "its last step was not judged"

    def _check_way_back(self, draft: e.Draft) -> None:
        """Users are not led back to where a model is missing, unless nobody answers them where they are."""
        d, asked = self.state.deployment, draft.event
        if d is None or d.phase is not Phase.ROLLING_BACK or not isinstance(asked, e.RouteRequested):
            return
        left = self.route is not None and self.route.share(d.color) > 0
        if left and asked.shares and draft.actor == "bluegreen" and not environment_lacks(self.state, d.color):
            back, run = self.state.environments[d.color.other].release, self._run_inside
            assert back is not None
            assert run is not None
            self._check_models(back, run, taking(self.state, run))

    def make_room(self) -> None:
        """There is space on the disk again: what is in force is written down."""
        self.full = False
        for draft in self.unsaved:
            self.journal.append(_entry(len(self.journal) + 1, draft))
        self.unsaved = []
        self.state = self._read()

    def crash(self) -> None:
        """The controller dies and starts again: only the journal and the world are left."""
        state = self._read()
        if self.unsaved:
            self.rollbacks = {}
        else:
            assert state == self.state
        self.state, self.unsaved, self.full = state, [], False
        self.running |= {color: env.release or 0 for color, env in state.environments.items() if env.state in RUNNING}
        again = {run.generation for run in state.shared.values()} - self.copies
        self.copies |= again
        self.loaded |= {generation: {} for generation in again}
        self._lead_inside()
        lost = [(e.ModelsLost("ranker", generation), "it was started again") for generation in again]
        self.append([*lost, *(found(self.state, self.route))])

    def _read(self) -> AppState:
        state = AppState("shop")
        for entry in self.journal:
            state = evolve(state, entry)
        return state

    # --- commands

    def command(self, ask: Callable[[AppState], commands.Outcome]) -> commands.Outcome | None:
        try:
            outcome = ask(self.state)
            self.append(outcome.events, "alice")
        except (Refused, NotFound, Full):
            return None
        return outcome

    def rollback(self) -> None:
        """`bluegreen rollback`: it does what `status` announced, and once more it changes nothing."""
        announced = commands.warm_release(self.state)
        outcome = self.command(commands.rollback)
        if self.full:
            return
        asked = [event for event, _ in outcome.events] if outcome else []
        assert bool(announced) == bool(asked), "status announces something else than what a rollback does"
        if announced and isinstance(asked[0], e.DeploymentRequested):
            assert (asked[0].release, asked[0].instant) == (announced["release"], announced["instant"])
        again = self.command(commands.rollback)
        assert again is None or not again.events, "the second press changed something"

    @property
    def moment(self) -> Moment:
        now = self.now
        return Moment(now, lambda zone: datetime.fromtimestamp(now, UTC).replace(tzinfo=None))

    def approve(self, actor: str = "bob") -> commands.Outcome | None:
        return self.command(lambda state: commands.approve(state, actor=actor, moment=self.moment))

    def deploy(self, which: int = 0, **options: bool) -> commands.Outcome | None:
        return self.command(
            lambda state: commands.deploy(state, self.new_release(which), moment=self.moment, **options)
        )

    def replace_shared(self) -> commands.Outcome | None:
        return self.command(
            lambda state: commands.deploy(state, self.new_release(0), moment=self.moment, component="ranker")
        )

    def new_release(self, which: int) -> Release:
        self.releases += 1
        digest = f"digest-{self.releases}"
        # Some releases share a revision of the model, and one has none.
        revision = self.releases % 4
        spec = SPECS[which % len(SPECS)]
        if revision == 0:
            return Release(0, digest, "artifact", spec, shared={"ranker": digest})
        spec = replace(spec, models=(served(revision),))
        return Release(0, digest, "artifact", spec, shared={"ranker": digest}, models={"chat": f"revision-{revision}"})

    # --- actions

    def actions(self) -> tuple[a.Action, ...]:
        # As the engine: nothing is taken away while the intent to do so could be forgotten.
        wanted = decide(self.state, self.now).actions
        return tuple(action for action in wanted if not (self.unsaved and isinstance(action, a.UnloadModel)))

    def perform(
        self,
        action: a.Action,
        *,
        fails: bool = False,
        lost: bool = False,
        midway: bool = False,
        meanwhile: Callable[[], object] | None = None,
    ) -> None:
        """Carry out one action; ``lost``: the controller dies before it is written down; ``midway``: half done;
        ``meanwhile``: something that comes in between the effect and its record."""
        if action not in self.actions():
            return  # something else came in between: it would have been cancelled
        if fails and not isinstance(action, a.Record | a.End):
            self._record(after_failure(self.state, action, PermanentError("it failed")))
            return
        events = self.effect(action, midway)
        if meanwhile is not None:
            meanwhile()
            # What is no longer wanted is not recorded either; half an effect is begun again where it still is.
            events = (self.effect(action) if midway else events) if action in self.actions() else []
            self._record(events)
        elif lost or midway:
            self.crash()
        else:
            self._record(events)

    def _record(self, events: Events | None) -> None:
        try:
            self.append(events)
        except Full:
            return  # it is tried again

    def effect(self, action: a.Action, midway: bool = False) -> list[tuple[e.Event, str]]:
        match action:
            case a.Record(event, reason):
                return [(event, reason)]
            case a.Build(number):
                return [(e.Built(number), "")]
            case a.RunHook(number, _, hook):
                return [(e.HookFinished(number, hook, True), "")]
            case a.StartShared() | a.MoveShared() | a.StopShared():
                return self._shared_effect(action, midway)
            case a.LoadModel() | a.UnloadModel():
                return self._model_effect(action, midway)
            case a.StartEnvironment(number, release, color):
                self._check_models(release, self.state.shared["ranker"])
                self.running[color] = release
                return [(e.EnvironmentStarted(number, color, {"web": RELEASE}), "")]
            case a.Verify(number, release, color):
                digest = self.state.releases[release].digest
                self.passed.add((color, self.state.environments[color].generation, digest))
                return [(e.Verified(number, color, digest), "")]
            case a.TakeBaseline(number):
                return [(e.BaselineTaken(number, Baseline()), "")]
            case a.GatherEvidence(number, step):
                return [(e.Watched(number, step, self._ticks()), "")]
            case a.ProbeStandby(number, step):
                return [(e.StandbyProbed(number, step, self.standby), "")]
            case a.SetRoute(route, _, number):
                assert self.route is None or route.epoch >= self.route.epoch, "an epoch went back"
                self._check_target_models(route, number)
                self.route = route
                return [(e.RouteConfirmed(route.epoch, route.shares, 0.01, {}, number), "")]
            case a.End(number, result, reason):
                return [(e.DeploymentEnded(number, result), reason)]
            case a.Drain(color, generation):
                return [(e.DrainFinished(color, generation, 0.1), "")]
            case a.StopEnvironment(color, generation):
                assert self.route is None or self.route.share(color) == 0, "stopped under its users"
                self.running.pop(color, None)
                self.workers.discard(color)
                return [(e.EnvironmentStopped(color, generation), "")]
            case a.MoveLiveComponents(color):
                self.workers.discard(color.other)
                if not midway:
                    self.workers.add(color)
                return [(e.LiveComponentsMoved(color), "")]
            case a.CloseAddress():
                self.route = self.inside = None
                return [(e.WentDown(), "")]
        raise AssertionError(action)

    def _ticks(self) -> tuple[Tick, ...]:
        self.now += 4.0
        reading = Reading(verdict=self.answers) if self.answers else Reading(why="it hangs")
        return tuple(Tick(at=self.now - 3 + i, span=1.0, readings={PROBE.name: reading}) for i in range(4))

    def _shared_effect(
        self, action: a.StartShared | a.MoveShared | a.StopShared, midway: bool
    ) -> list[tuple[e.Event, str]]:
        match action:
            case a.StartShared(number, release, component):
                self.copies.add(number)
                return [(e.SharedStarted(number, component, self.state.releases[release].digest, release, SHARED), "")]
            case a.MoveShared(number, component):
                new = self.state.shared[component + "+"]
                self.inside = new.generation
                for environment in self.state.environments.values():
                    if environment.release is not None and environment.state is not EnvironmentState.STOPPING:
                        self._check_models(environment.release, new)
                return [(e.SharedMoved(number, component), "")]
            case a.StopShared(key):
                self._lead_inside()
                if not midway:
                    self.copies.discard(self.state.shared[key].generation)
                    self.loaded.pop(self.state.shared[key].generation, None)
                if not self.state.going_down:
                    self._check_inside()
                return [(e.SharedStopped(key), "")]

    def memory(self, generation: int, instance: int) -> set[str]:
        """The revisions that one instance has in memory."""
        return self.loaded.setdefault(generation, {}).setdefault(instance, set())

    def _model_effect(self, action: a.LoadModel | a.UnloadModel, midway: bool) -> list[tuple[e.Event, str]]:
        run = next(run for run in self.state.shared.values() if run.generation == action.generation)
        name = run.models[action.digest].model.served_name
        if isinstance(action, a.UnloadModel):
            assert action.digest not in needs(self.state, "ranker"), "unloaded although it is needed"
            for instance in range(1, 1 + len(SHARED) - midway):
                self.memory(action.generation, instance).discard(action.digest)
            return [(e.ModelUnloaded("ranker", action.generation, action.digest, name), "")]
        if not midway:
            self.memory(action.generation, action.instance).add(action.digest)
        lives = {str(action.instance): "a life"}
        loaded = e.ModelLoaded("ranker", action.generation, action.digest, name, lives, deployment=action.deployment)
        return [(loaded, "")]

    def lose_models(self, which: int) -> None:
        """Instances of a copy of the shared component end, and are started again without what they had in memory."""
        runs = list(self.state.shared.values())
        if runs and not self.full:
            run = runs[which % len(runs)]
            lost = ((1,), (2,), (1, 2), ())[which // 2]  # none named: as older versions wrote it
            for instance in lost or (1, 2):
                self.memory(run.generation, instance).clear()
            self.append([(e.ModelsLost("ranker", run.generation, tuple(map(str, lost))), "it ended")])

    def _check_models(self, release: int, run: SharedRun, addresses: Iterable[str] = SHARED) -> None:
        for address in addresses:
            memory = self.memory(run.generation, SHARED.index(address) + 1)
            missing = set(revisions(self.state.releases[release])) - memory
            assert not missing, f"r{release} needs {missing}, which is not loaded in {address}"

    def _check_target_models(self, route: Route, number: int | None) -> None:
        """Users are moved forward only to an environment whose models all answer."""
        d = self.state.deployment
        if d is not None and d.number == number and d.phase is Phase.SWITCHING:
            if d.what is Kind.ROLLBACK and environment_lacks(self.state, d.color.other):
                return  # nobody is answered where they are
            run = self._run_inside
            assert run is not None
            self._check_models(d.release, run, taking(self.state, run))

    @property
    def _run_inside(self) -> SharedRun | None:
        """The copy to which requests are led."""
        if self.inside is None:
            return self.state.shared.get("ranker")
        return next((run for run in self.state.shared.values() if run.generation == self.inside), None)

    def _lead_inside(self) -> None:
        """What the router is told whenever it is told anything."""
        run = self.state.shared.get("ranker")
        self.inside = run.generation if run else None

    def tidy(self) -> None:
        """End the copies of runs that the state knows nothing of, as the controller does now and then."""
        known = {run.generation for run in self.state.shared.values()}
        self.copies &= known | ({self.state.deployment.number} if self.state.deployment else set())

    def settle(self, limit: int = 300) -> None:
        """Carry out everything that is wanted, without failures, until nothing is left to do."""
        self.make_room()
        for _ in range(limit):
            plan = decide(self.state, self.now)
            if self.state.watching is not None and self.state.watching.held and not self.state.watching.approved:
                self.approve()
            elif plan.actions:
                self.perform(plan.actions[0])
            elif plan.wake_at is not None and self.state.deployment is not None:
                self.now = max(self.now, plan.wake_at)
            else:
                self.tidy()
                self._check_rest()
                return
        raise AssertionError(f"it never comes to rest: {decide(self.state, self.now)}")

    # --- the invariants

    def check(self) -> None:
        state = self.state
        if self.route is not None:
            for color, share in self.route.shares.items():
                if share:
                    self._check_serving(color)
            assert not self.route.shares or sum(self.route.shares.values()) == 100
            lost = state.confirmed is not None and self.route.epoch > state.epoch
            assert not lost, "an epoch that is not on record"
        if state.confirmed is not None and len(state.confirmed.shares) > 1:
            assert state.deployment is not None or state.going_down, "a split route outside of a shift"
        if state.deployment is None and not state.going_down:
            last = state.ended[-1] if state.ended else None
            if last is not None and last.result in (Result.FAILED, Result.ABORTED) and last.previous is not None:
                assert state.live_release is not None, "a failed deployment took users away"
        assert all(count <= 1 for count in self.rollbacks.values()), "rolled back twice"
        assert len(self.workers) <= 1, "a live component ran in both environments"
        if not state.going_down:
            self._check_inside()
            self._check_memory()
            self._check_taking()

    def _check_memory(self) -> None:
        """What may get users has each revision that it needs, but for what an instance has lost and gets again."""
        run = self._run_inside
        assert run is not None or self.inside is None, "requests are led to a copy that nobody knows of"
        for color in Color:
            number = self.state.environments[color].release
            if number is None or not self.state.routed(color) or run is None:
                continue
            for digest in revisions(self.state.releases[number]):
                assert digest in run.models, f"r{number} serves users, and nothing says that {digest} is to be there"
        for run in (run for run in self.state.shared.values() if run.generation in self.copies):
            for digest, revision in run.models.items():
                for instance in (n for n in range(1, 1 + len(SHARED)) if revision.is_in(n)):
                    assert digest in self.memory(run.generation, instance), f"{digest} is said to be there, and is not"
                everywhere = revision.is_in(1) and revision.is_in(2)
                assert revision.loaded == everywhere, f"{digest} is said to be loaded: {revision.loaded}"

    def _check_taking(self) -> None:
        """An instance without what another one has for sure takes no requests."""
        run = self._run_inside
        if run is None:
            return
        wanted = set[str]()
        for environment in self.state.environments.values():
            stopped = environment.state is EnvironmentState.STOPPING or environment.kept
            if environment.release is not None and not stopped:
                wanted |= revisions(self.state.releases[environment.release]).keys()
        whole = [n for n in (1, 2) if all(d in run.models and run.models[d].is_in(n) for d in wanted)]
        led_to = [SHARED.index(address) + 1 for address in taking(self.state, run)]
        assert led_to, "no instance takes requests"
        lacking = [n for n in led_to if whole and not wanted <= self.memory(run.generation, n)]
        assert not lacking, f"instances {lacking} take requests without {wanted}, and {whole} has it"

    def _check_inside(self) -> None:
        assert self.inside is None or self.inside in self.copies, "requests are led to a copy that does not run"

    def _check_serving(self, color: Color) -> None:
        environment = self.state.environments[color]
        assert environment.release is not None, "users are led to an empty environment"
        release = self.state.releases[environment.release]
        assert self.running.get(color) == environment.release, "users are led to what does not run"
        assert (color, environment.generation, release.digest) in self.passed, "users are led to what was not verified"

    def _check_rest(self) -> None:
        state = self.state
        assert state.unconfirmed is None, "a route that was asked for is forgotten"
        assert self.workers == ({state.live} if state.live else set()), "live components do not run where users are"
        assert self.copies == {run.generation for run in state.shared.values()}, "a copy was left behind"
        assert not any(key.endswith(("+", "~")) for key in state.shared), "a copy that nobody uses was kept"
        for run in state.shared.values():
            wanted = set() if state.going_down else set(needs(state, "ranker"))
            for instance in range(1, 1 + len(SHARED)):
                assert self.memory(run.generation, instance) == wanted, "loaded is not what is needed"
        assert set(self.running) >= {color for color in Color if state.routed(color)}


def _entry(seq: int, draft: e.Draft) -> e.Entry:
    return e.Entry(seq, draft.app, draft.at, draft.actor, draft.reason, draft.event)
