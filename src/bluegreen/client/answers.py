"""What the controller answers: JSON objects, typed. Times are seconds since 1970, durations seconds; None: not known,
not yet, or not there. More fields may be added.

Releases are named ``r7``, except inside of events, where they are numbers.
"""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

Color = Literal["blue", "green"]
Result = Literal["completed", "failed", "aborted", "rolled back"]
Verdict = Literal["allow", "block", "cannot tell"]


class Controller(TypedDict):
    version: str
    python: str
    pid: int
    home: str
    started: float
    apps: list[str]
    warnings: list[str]


class Stopping(TypedDict):
    stopping: bool
    all: bool


class Route(TypedDict):
    epoch: int
    shares: dict[Color, int]


class Routes(TypedDict):
    requested: Route | None
    confirmed: Route | None
    observed: Route | None


class Instance(TypedDict):
    component: str
    index: int
    state: str
    address: str | None
    pid: int | None
    restarts: int
    exit: str | None
    since: float | None


class Traffic(TypedDict):
    requests: int
    failed: int
    active: int
    explicit: int


class Environment(TypedDict):
    color: Color
    state: str
    release: str | None
    digest: str | None
    verified: bool
    since: float | None
    keep_until: float | None
    share: int
    traffic: Traffic | None
    instances: list[Instance]


class SharedComponent(TypedDict):
    release: str
    digest: str
    instances: list[Instance]


class PreviewAddress(TypedDict):
    address: str
    url: str


class Figure(TypedDict):
    name: str
    unit: str
    before: float | None
    now: float | None
    limit: float | None


class GuardFinding(TypedDict):
    guard: str
    verdict: Verdict
    reason: str
    figures: list[Figure]
    evidence: float | None
    alarm_at: float | None
    finds: float | None
    alerts_only: bool


class Watch(TypedDict):
    deployment: int
    step: int
    share: int
    seconds: float
    least: float
    elapsed: float
    missed: float
    extended: int
    verdict: Verdict
    reason: str
    held: str | None
    guards: list[GuardFinding]


class Probed(TypedDict):
    at: float
    healthy: bool
    took: float | None


class NextRollback(TypedDict):
    release: str
    instant: bool
    about: NotRequired[float | None]
    probed: NotRequired[Probed | None]


class Next(TypedDict):
    rollback: NextRollback | None
    takes: str | None


class Lock(TypedDict):
    why: str
    actor: str
    since: float


class Freeze(TypedDict):
    why: str
    actor: str
    since: float
    start: float
    until: float | None


class Window(TypedDict):
    open: bool | None
    why: str
    opens: str | None


class Overlap(TypedDict):
    since: float
    seconds: float
    cost: float | None
    per_hour: float | None


class Receipt(TypedDict):
    """What a deployment did to users (docs/reference/cli.md)."""

    requests: dict[Color, int | None]
    failed: dict[Color, int | None]
    explicit: dict[Color, int | None]
    switch_seconds: float | None
    after_confirmed: int | None
    drain_seconds: float | None
    streams_cut: int | None
    overlap_seconds: float | None
    complete: bool


class Check(TypedDict):
    check: str
    verdict: Verdict
    reason: str
    seconds: float
    evidence: dict[str, Any]


class Judgement(TypedDict):
    step: int
    share: int
    verdict: Verdict
    reason: str
    at: float
    elapsed: float
    missed: float
    guards: list[GuardFinding]


class Entry(TypedDict):
    """One entry of the history; every ``kind`` of event and its fields are in `bluegreen.core.events`."""

    seq: int
    app: str
    at: float
    actor: str
    reason: str
    event: dict[str, Any]


class Deployment(TypedDict):
    """A deployment. What is not required is in the answer for a single one only."""

    number: int
    release: str
    kind: Literal["deploy", "rollback", "shared"]
    phase: str
    result: Result | None
    reason: str
    color: Color
    component: str | None
    instant: bool
    actor: str
    message: str
    at: float
    phase_since: float
    ended: float | None
    step: int
    steps: list[int]
    previous: str | None
    receipt: NotRequired[Receipt]
    checks: NotRequired[list[Check]]
    baseline: NotRequired[dict[str, Any] | None]
    judgements: NotRequired[list[Judgement]]
    events: NotRequired[list[Entry]]
    ticks: NotRequired[list[dict[str, Any]]]
    replayed: NotRequired[dict[str, Any]]


class Status(TypedDict):
    """How an application stands."""

    app: str
    address: str | None
    url: str | None
    preview: PreviewAddress | None
    live: Color | None
    epoch: int
    down: bool
    route: Routes
    environments: dict[Color, Environment]
    shared: dict[str, SharedComponent]
    deployment: Deployment | None
    watch: Watch | None
    next: Next
    lock: Lock | None
    warnings: list[str]
    freeze: NotRequired[Freeze | None]
    window: NotRequired[Window]
    overlap: NotRequired[Overlap | None]


class Preview(TypedDict):
    app: str
    address: str | None
    url: str | None
    header: dict[Literal["name", "value"], str]
    public_url: str | None
    release: str | None
    color: Color
    state: str
    share: int
    ready: bool


class Find(TypedDict):
    error_rate: float
    seconds: float | None


class Forecast(TypedDict):
    app: str
    release: str | None
    seconds: float
    requests_per_second: float | None
    error_rate: float | None
    limit: float | None
    duration: float | None
    finds: list[Find]
    sentence: str


class Begun(TypedDict):
    """A deployment that has begun: it is followed by the entries behind ``after``."""

    deployment: int
    release: str
    after: int
    approval: NotRequired[bool]
    """Whether a person has to agree to it after its checks."""
    follow: str


class Steered(TypedDict):
    """What became of an approval or an abort."""

    deployment: int | None
    notice: str


class RolledBack(TypedDict):
    """What became of a rollback so far; ``deployment`` None: there was nothing to do, and ``notice`` says why."""

    deployment: int | None
    instant: bool
    confirmed: bool
    release: str | None
    target: str | None
    live: Color | None
    epoch: int
    notice: str
    after: int


class Notice(TypedDict):
    notice: str


class GoingDown(TypedDict):
    notice: str
    after: int


class Release(TypedDict):
    release: str
    digest: str
    artifact: str
    message: str
    at: float
    status: Result | None
    kept: bool
    components: list[str]
    color: Color | None
    file: NotRequired[dict[str, Any]]


class FilesDiff(TypedDict):
    added: list[str]
    removed: list[str]
    changed: list[str]


class ArtifactDiff(TypedDict):
    same: bool
    files: FilesDiff | None


ValueDiff = TypedDict("ValueDiff", {"path": str, "from": Any, "to": Any})
MessageDiff = TypedDict("MessageDiff", {"from": str, "to": str})
ReleaseDiff = TypedDict(
    "ReleaseDiff",
    {
        "from": str,
        "to": str,
        "artifact": ArtifactDiff,
        "configuration": list[ValueDiff],
        "secrets": Literal["same", "changed"],
        "message": MessageDiff,
    },
)


class EnvironmentFigures(TypedDict):
    """Requests and errors a second, requests under way, and latencies in milliseconds."""

    rps: float
    errors: float
    active: int
    p50: float | None
    p95: float | None
    p99: float | None


class Figures(TypedDict):
    at: float
    environments: dict[Color, EnvironmentFigures | None]


class Mark(TypedDict):
    at: float
    epoch: int
    kind: Literal["switch", "rollback", "shift", "failover", "first"]
    shares: dict[Color, int]
    deployment: int | None


class FiguresSince(TypedDict):
    points: list[Figures]
    marks: list[Mark]


class Grant(TypedDict):
    role: Literal["viewer", "deployer", "approver", "admin"]
    app: str | None


class Me(TypedDict):
    """Who calls, and what they may do; ``all``: on every application."""

    name: str
    via: Literal["socket", "token", "session", "oidc"]
    grants: list[Grant]
    rights: dict[str, list[str]]
    all: list[str]


class Session(TypedDict):
    session: str
    expires: float
    me: Me


class LoginLink(TypedDict):
    url: str
    expires: float


class Artifact(TypedDict):
    digest: str
    bytes: int


class Announced(TypedDict):
    """What of an announced artifact is missing, by SHA-256; of ``begun`` ones so many bytes are there already."""

    digest: str
    complete: bool
    files: int
    bytes: int
    missing: list[str]
    begun: dict[str, int]
