"""A small world for the pure core: it carries actions out, fails, crashes and loses what was not written down.

After every step the invariants of DESIGN section 4 are checked against what users would get here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bluegreen.core import actions as a
from bluegreen.core import commands
from bluegreen.core import events as e
from bluegreen.core.decide import decide
from bluegreen.core.errors import BluegreenError, NotFound, PermanentError, Refused
from bluegreen.core.evolve import evolve
from bluegreen.core.failures import after_failure
from bluegreen.core.model import AppState, Color, Release, Result, Route
from bluegreen.core.reconcile import reconcile
from bluegreen.core.spec import AppSpec, Component, Hooks, Switch


def spec(**changes: object) -> AppSpec:
    web = Component("web", "run $PORT", receives=("/",))
    worker = Component("worker", "work", active="live", listens=False)
    ranker = Component("ranker", "rank $PORT", shared=True)
    plain = AppSpec("shop", "127.0.0.1:8080", (web, worker, ranker), keep=100.0)
    return replace(plain, **changes)  # type: ignore[arg-type]


SPECS = (
    spec(),
    spec(switch=Switch(shift=(5, 50, 100), hold=10.0)),
    spec(approve="by hand", approve_within=50.0),
    spec(hooks=Hooks("migrate", "warm", "tell", "tell back"), keep=5.0),
)


@dataclass
class World:
    """The journal, the router and the running environments, as they would be found after a crash."""

    now: float = 1000.0
    journal: list[e.Entry] = field(default_factory=list)
    state: AppState = field(default_factory=lambda: AppState("shop"))
    route: Route | None = None
    running: dict[Color, int] = field(default_factory=dict)
    """Release by environment in which instances run."""
    workers: set[Color] = field(default_factory=set)
    passed: set[tuple[Color, int, str]] = field(default_factory=set)
    """(colour, generation, digest) whose checks passed in this world."""
    releases: int = 0
    rollbacks: dict[int, int] = field(default_factory=dict)

    # --- the journal

    def append(self, events: object, actor: str = "bluegreen") -> None:
        for event, reason in events:  # type: ignore[attr-defined]
            entry = e.Entry(len(self.journal) + 1, "shop", self.now, actor, reason, event)
            self.journal.append(entry)
            self.state = evolve(self.state, entry)
            if isinstance(event, e.RollbackStarted):
                self.rollbacks[event.deployment] = self.rollbacks.get(event.deployment, 0) + 1
            self.check()

    def crash(self) -> None:
        """The controller dies and starts again: only the journal and the world are left."""
        state = AppState("shop")
        for entry in self.journal:
            state = evolve(state, entry)
        assert state == self.state
        self.append(reconcile(self.state, self.route))

    # --- commands

    def command(self, ask: Callable[[AppState], commands.Outcome]) -> commands.Outcome | None:
        try:
            outcome = ask(self.state)
        except (Refused, NotFound):
            return None
        self.append(outcome.events, "alice")
        return outcome

    def deploy(self, which: int = 0, **options: bool) -> commands.Outcome | None:
        self.releases += 1
        digest = f"digest-{self.releases}"
        wanted = Release(0, digest, "artifact", SPECS[which % len(SPECS)], shared={"ranker": digest})
        return self.command(lambda state: commands.deploy(state, wanted, **options))

    # --- actions

    def actions(self) -> tuple[a.Action, ...]:
        return decide(self.state, self.now).actions

    def perform(self, action: a.Action, *, fails: bool = False, lost: bool = False, midway: bool = False) -> None:
        """Carry out one action; ``lost``: the controller dies before it is written down; ``midway``: half done."""
        if action not in self.actions():
            return  # something else came in between: it would have been cancelled
        if fails and not isinstance(action, a.Record | a.End):
            error: BluegreenError = PermanentError("it failed")
            follow = after_failure(self.state, action, error)
            if follow is not None:
                self.append(follow)
            return
        events = self._effect(action, midway)
        if lost or midway:
            self.crash()
        else:
            self.append(events)

    def _effect(self, action: a.Action, midway: bool) -> list[tuple[e.Event, str]]:
        match action:
            case a.Record(event, reason):
                return [(event, reason)]
            case a.Build(number):
                return [(e.Built(number), "")]
            case a.RunHook(number, _, hook):
                return [(e.HookFinished(number, hook, True), "")]
            case a.StartShared(number, release, component):
                event: e.Event = e.SharedStarted(number, component, "d", release, ("127.0.0.1:1",))
                return [(event, "")]
            case a.MoveShared(number, component):
                return [(e.SharedMoved(number, component), "")]
            case a.StopShared(component):
                return [(e.SharedStopped(component), "")]
            case a.StartEnvironment(number, release, color):
                self.running[color] = release
                return [(e.EnvironmentStarted(number, color, {"web": ("127.0.0.1:2",)}), "")]
            case a.Verify(number, release, color):
                digest = self.state.releases[release].digest
                self.passed.add((color, self.state.environments[color].generation, digest))
                return [(e.Verified(number, color, digest), "")]
            case a.SetRoute(route, _, number):
                assert self.route is None or route.epoch >= self.route.epoch, "an epoch went back"
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
                assert len(self.workers) <= 1
                return [(e.LiveComponentsMoved(color), "")]
            case a.CloseAddress():
                self.route = None
                return [(e.WentDown(), "")]
        raise AssertionError(action)

    def settle(self, limit: int = 300) -> None:
        """Carry out everything that is wanted, without failures, until nothing is left to do."""
        for _ in range(limit):
            plan = decide(self.state, self.now)
            if plan.actions:
                self.perform(plan.actions[0])
            elif plan.wake_at is not None and self.state.deployment is not None:
                self.now = max(self.now, plan.wake_at)
            else:
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
            assert self.route.epoch <= state.epoch, "an epoch that is not on record"
        if state.confirmed is not None and len(state.confirmed.shares) > 1:
            assert state.deployment is not None or state.going_down, "a split route outside of a shift"
        if state.deployment is None and not state.going_down:
            last = state.ended[-1] if state.ended else None
            if last is not None and last.result in (Result.FAILED, Result.ABORTED) and last.previous is not None:
                live = state.live_release
                assert live is not None, "a failed deployment took users away"
        assert all(count <= 1 for count in self.rollbacks.values()), "rolled back twice"
        assert len(self.workers) <= 1, "a live component ran in both environments"

    def _check_serving(self, color: Color) -> None:
        environment = self.state.environments[color]
        assert environment.release is not None, "users are led to an empty environment"
        release = self.state.releases[environment.release]
        assert self.running.get(color) == environment.release, "users are led to what does not run"
        assert (color, environment.generation, release.digest) in self.passed, "users are led to what was not verified"
