"""How an application stands."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from bluegreen.client.answers.deployments import Deployment
from bluegreen.client.answers.environments import Environment, Routes, SharedComponent
from bluegreen.client.answers.judgements import CheckUnderWay, Watch
from bluegreen.client.answers.models import Model
from bluegreen.client.answers.words import Color


class PreviewAddress(TypedDict):
    address: str
    url: str


class Probed(TypedDict):
    at: float
    healthy: bool
    took: float | None


class NextRollback(TypedDict):
    release: str
    instant: bool
    about: NotRequired[float | None]
    """Seconds that moving users usually takes."""
    seconds: NotRequired[float | None]
    """How long it would take now, in all; None: not known, since it was never measured."""
    waits_for: NotRequired[list[str]]
    """Revisions of models that are loaded again first."""
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
    saved: NotRequired[float | None]
    """What shared components would have cost twice."""
    saved_per_hour: NotRequired[float | None]


class Samples(TypedDict):
    """Of the answers that guards score."""

    share: float
    """Per cent of users' requests that are sampled now."""
    seen: int
    """Samples since the controller started."""
    dropped: int
    """Those that could not be followed, and so are in nobody's evidence."""
    why: str | None
    """Why nothing is scored now."""


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
    checks: NotRequired[list[CheckUnderWay]]
    """Those that run now."""
    freeze: NotRequired[Freeze | None]
    window: NotRequired[Window]
    overlap: NotRequired[Overlap | None]
    models: NotRequired[list[Model]]
    samples: NotRequired[Samples | None]


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


class Notice(TypedDict):
    notice: str


class GoingDown(TypedDict):
    notice: str
    after: int
