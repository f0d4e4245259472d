"""The nouns of DESIGN.md: colours, routes, releases, environments, deployments, and the state of an application."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bluegreen.core.evidence import Baseline
from bluegreen.core.flag_changes import FlagChange
from bluegreen.core.spec import AppSpec, ServedModel
from bluegreen.core.watching import Watching


class Color(StrEnum):
    """The two environments."""

    BLUE = "blue"
    GREEN = "green"

    @property
    def other(self) -> Color:
        return Color.GREEN if self is Color.BLUE else Color.BLUE


@dataclass(frozen=True)
class Route:
    """Which share of users' requests goes to which environment, in whole per cent adding up to 100.

    ``shares`` empty means that nobody is served: no release was live yet, or the application is down.
    """

    epoch: int
    shares: Mapping[Color, int] = field(default_factory=dict)

    @property
    def sole(self) -> Color | None:
        """The one environment that takes everything, or None during a shift or when nobody is served."""
        taking = [color for color, share in self.shares.items() if share > 0]
        return taking[0] if len(taking) == 1 else None

    def share(self, color: Color) -> int:
        return self.shares.get(color, 0)


@dataclass(frozen=True)
class Traffic:
    """Counters of one component of one environment, as the proxy has them since that environment started."""

    requests: int = 0
    failed: int = 0
    """5xx answers, resets and time-outs."""
    active: int = 0
    """Requests and streams under way now, queued ones included."""
    healthy: int = 0
    """Members that the proxy would send a request to."""
    answered: int = 0
    """Those of ``requests`` that have been answered or have failed."""
    explicit: int = 0
    """Requests that named this environment themselves (skew protection, preview by header); not in ``requests``."""
    held_until: float = 0.0
    """Users may come until then though the route leads nobody here, and cannot be counted: answers of DNS that are
    still in caches. Seconds since 1970."""
    held_why: str = ""
    counted: bool = True
    """False: only ``active`` is known, since what moves users cannot count their requests."""


class EnvironmentState(StrEnum):
    EMPTY = "empty"
    STARTING = "starting"
    READY = "ready"
    LIVE = "live"
    DRAINING = "draining"
    STANDBY = "standby"
    STOPPING = "stopping"


class Phase(StrEnum):
    QUEUED = "queued"
    BUILDING = "building"
    STARTING = "starting"
    VERIFYING = "verifying"
    AWAITING_APPROVAL = "awaiting approval"
    SWITCHING = "switching"
    WATCHING = "watching"
    ROLLING_BACK = "rolling back"
    ENDED = "ended"


class Result(StrEnum):
    COMPLETED = "completed"
    FAILED = "failed"
    ABORTED = "aborted"
    ROLLED_BACK = "rolled back"


class Kind(StrEnum):
    """What a deployment was asked to do."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    SHARED = "shared"


@dataclass(frozen=True)
class Release:
    """Immutable and content-addressed: artifact + specification + secrets + flags + models, under one digest."""

    number: int
    digest: str
    artifact: str
    """SHA-256 of the artifact's content (see `bluegreen.system.archive`)."""
    spec: AppSpec
    secrets: str = ""
    """Keyed hash of the secrets of its env files; empty without any."""
    shared: Mapping[str, str] = field(default_factory=dict)
    """Digest of each shared component as this release's file describes it."""
    built: str = ""
    """Digest of what its folder is made of: releases that differ in flags or models alone share one. Empty in
    releases of older versions: ``digest`` then."""
    flags: str = ""
    """Its flag set in force, as canonical JSON in flagd's schema; empty without one."""
    flags_in_file: str = ""
    """The flag set as the folder's own file had it, before edits by command were carried over."""
    models: Mapping[str, str] = field(default_factory=dict)
    """Digest of each model's revision, by the model's name."""
    message: str = ""
    at: float = 0.0
    status: Result | None = None
    """How its newest deployment ended; None before."""
    served: bool = False
    """Whether it has ever had users: what has had none cannot be gone back to."""

    @property
    def name(self) -> str:
        return f"r{self.number}"

    @property
    def folder_digest(self) -> str:
        return self.built or self.digest


@dataclass(frozen=True)
class Environment:
    """Blue or green: a copy of every per-environment component, running one release."""

    color: Color
    state: EnvironmentState = EnvironmentState.EMPTY
    release: int | None = None
    generation: int = 0
    """Number of the deployment that started it: tells this run from earlier ones of the same colour."""
    endpoints: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """``host:port`` of each instance, by component."""
    verified: str | None = None
    """Digest under which the checks passed in this run."""
    since: float = 0.0
    began: float = 0.0
    """When it was begun to be started."""
    drained: bool = True
    keep_until: float | None = None
    kept: bool = False
    """Kept for looking at after a failure, with ``--keep-failed``."""

    @property
    def warm(self) -> bool:
        """Whether users could be sent here at once: started, verified, and not being stopped."""
        return self.verified is not None and self.state in (
            EnvironmentState.READY,
            EnvironmentState.LIVE,
            EnvironmentState.DRAINING,
            EnvironmentState.STANDBY,
        )


@dataclass(frozen=True)
class Revision:
    """One revision of a model in one copy of a shared component: from the intent to load it until it is unloaded."""

    digest: str
    model: ServedModel
    release: int
    """The release that it was loaded for first."""
    since: float
    """When it was loaded, or (not ``loaded``) since when it is not. Seconds since 1970."""
    loaded: bool = False
    """Whether every instance was seen to answer for it, and none has ended since."""
    instances: Mapping[str, str] = field(default_factory=dict)
    """Which life of each instance it was last loaded in, by the instance's number: another one has lost it. Empty
    where that was seen."""
    why: str = ""
    """Why it is not loaded."""

    def is_in(self, instance: int) -> bool:
        """Whether an instance, by its number, was seen to answer for it and has not ended since."""
        return bool(self.instances.get(str(instance)))


@dataclass(frozen=True)
class SharedRun:
    """One running copy of a shared component."""

    component: str
    digest: str
    release: int
    generation: int
    endpoints: tuple[str, ...] = ()
    """Of each instance, in the order of their numbers, which begin with 1."""
    models: Mapping[str, Revision] = field(default_factory=dict)
    """The revisions of models that it serves, or is to serve, by their digest."""


@dataclass(frozen=True)
class Deployment:
    """One attempt to bring one release live."""

    number: int
    release: int
    what: Kind
    phase: Phase
    color: Color
    """The environment that it fills (for an instant rollback: that it returns to)."""
    actor: str
    at: float
    message: str = ""
    keep_failed: bool = False
    supersedes: bool = False
    instant: bool = False
    """Its environment was warm and verified when it began: straight to the switch."""
    component: str | None = None
    """The shared component that is replaced, for `Kind.SHARED`."""
    override: str = ""
    """Why it was let pass while deployments are frozen or out of hours; empty: it was not."""
    previous: int | None = None
    """Release that was live when it began."""
    phase_since: float = 0.0
    step: int = 0
    """How many steps of the shift are confirmed."""
    hooks: tuple[str, ...] = ()
    """Hooks that have run."""
    approved: bool = False
    result: Result | None = None
    reason: str = ""
    ended: float | None = None
    seq: int = 0
    """Where in the journal it was requested."""
    flags: tuple[FlagChange, ...] = ()
    """Which flags it changes, against the release that was live when it began."""
    not_judged: str = ""
    """Why the step before was let pass without a verdict; empty: it was not."""


@dataclass(frozen=True)
class Lock:
    why: str
    actor: str
    since: float


@dataclass(frozen=True)
class Freeze:
    """A time without deployments that somebody asked for, beside those of the file. Seconds since 1970."""

    why: str
    actor: str
    since: float
    start: float
    until: float | None = None
    """None: until it is lifted."""

    def holds(self, now: float) -> bool:
        return self.start <= now and (self.until is None or now < self.until)


@dataclass(frozen=True)
class AppState:
    """Everything that is known of one application, as the fold of its events. Never changed in place."""

    app: str
    seq: int = 0
    releases: Mapping[int, Release] = field(default_factory=dict)
    environments: Mapping[Color, Environment] = field(
        default_factory=lambda: {color: Environment(color) for color in Color}
    )
    epoch: int = 0
    requested: Route | None = None
    requested_at: float = 0.0
    confirmed: Route | None = None
    in_doubt: frozenset[Color] = frozenset()
    """What the routes that were asked for since the last confirmed one name: any of them may be in force."""
    deployment: Deployment | None = None
    """The one under way."""
    queued: Deployment | None = None
    """A superseding one that waits for the one under way to end."""
    ended: tuple[Deployment, ...] = ()
    """Oldest first."""
    baseline: Baseline | None = None
    """What the deployment under way is compared with; None before it is taken."""
    watching: Watching | None = None
    """The judging of the step that was confirmed last; None when it is not judged."""
    shared: Mapping[str, SharedRun] = field(default_factory=dict)
    """Running copy by component; a replacement is under ``NAME+`` until both environments use it, and the copy that
    it replaced under ``NAME~`` until that is stopped."""
    active: Color | None = None
    """The environment in which the ``active: live`` components run; None: in none, or a move is under way."""
    lock: Lock | None = None
    freeze: Freeze | None = None
    going_down: bool = False
    """Asked to be stopped; a new deployment brings it up again."""
    down: bool = False
    """Nothing of it runs and its address is closed."""

    def environment(self, color: Color) -> Environment:
        return self.environments[color]

    @property
    def live(self) -> Color | None:
        """The live environment: what the confirmed route names; during a shift the one that still leads back.

        Derived, never stored (DESIGN section 2).
        """
        if self.confirmed is None or not self.confirmed.shares:
            return None
        if self.confirmed.sole is not None:
            return self.confirmed.sole
        # Only a deployment splits the route, and what it leaves stays live until its last step is confirmed.
        if self.deployment is not None:
            return self.deployment.color.other
        return max(self.confirmed.shares, key=lambda color: self.confirmed.share(color))  # type: ignore[union-attr]

    @property
    def idle(self) -> Color:
        """The environment that the next deployment fills."""
        return self.live.other if self.live else Color.BLUE

    def routed(self, color: Color) -> bool:
        """Whether users may be getting answers from this environment: confirmed, or asked for since."""
        return color in self.in_doubt or (self.confirmed is not None and self.confirmed.share(color) > 0)

    @property
    def unconfirmed(self) -> Route | None:
        """The route that was asked for and that the router has not read back yet."""
        return self.requested if self.requested != self.confirmed else None

    def spec_of(self, color: Color) -> AppSpec | None:
        """The specification of the release in an environment."""
        number = self.environments[color].release
        return self.releases[number].spec if number is not None else None

    @property
    def live_release(self) -> Release | None:
        live = self.live
        number = self.environments[live].release if live else None
        return self.releases.get(number) if number is not None else None
