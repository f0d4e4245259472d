"""Instructions: what is to be done in the world now. Each may be done again after a crash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bluegreen.core.events import Event
from bluegreen.core.model import Color, Result, Route

HookName = Literal["before_start", "before_switch", "after_switch", "after_rollback"]


@dataclass(frozen=True)
class Record:
    """Nothing to do but to write down what follows from the state and the time."""

    event: Event
    reason: str


@dataclass(frozen=True)
class Build:
    """Put the artifact in place and run the build commands."""

    deployment: int
    release: int


@dataclass(frozen=True)
class RunHook:
    deployment: int
    release: int
    hook: HookName
    color: Color


@dataclass(frozen=True)
class StartShared:
    """Start a copy of a shared component and wait until it is ready."""

    deployment: int
    release: int
    component: str


@dataclass(frozen=True)
class MoveShared:
    """Lead both environments to the replacement of a shared component."""

    deployment: int
    component: str


@dataclass(frozen=True)
class StopShared:
    """End a copy of a shared component, after its drain."""

    component: str
    """Its key in the state: a replacement that is given up ends in ``+``, one that was replaced in ``~``."""


@dataclass(frozen=True)
class LoadModel:
    """Load a revision into an instance of a copy of a shared component, and prove that it answers."""

    deployment: int | None
    """The one that fails when it cannot be loaded; None: an environment needs it already, so it is tried on."""
    component: str
    """The component's name; the copy is told by its generation."""
    generation: int
    digest: str
    instance: int = 1
    """Its number."""


@dataclass(frozen=True)
class UnloadModel:
    """Let a copy of a shared component forget a revision that nothing needs any more."""

    component: str
    generation: int
    digest: str


@dataclass(frozen=True)
class StartEnvironment:
    deployment: int
    release: int
    color: Color


@dataclass(frozen=True)
class Verify:
    deployment: int
    release: int
    color: Color


@dataclass(frozen=True)
class TakeBaseline:
    """Freeze what the new release will be compared with."""

    deployment: int


@dataclass(frozen=True)
class GatherEvidence:
    """Gather evidence of the step under watch until something follows from it."""

    deployment: int
    step: int


@dataclass(frozen=True)
class ProbeStandby:
    """Ask the old environment whether it fails as well."""

    deployment: int
    step: int
    color: Color


@dataclass(frozen=True)
class SetRoute:
    """Move users, and read it back. ``fallback`` is the way back, laid ready beforehand."""

    route: Route
    fallback: Route | None
    deployment: int | None
    decided: float


@dataclass(frozen=True)
class End:
    """Close the deployment's books: read the counters and record how it ended."""

    deployment: int
    result: Result
    reason: str


@dataclass(frozen=True)
class Drain:
    """Watch an environment that users have left until nothing is under way on it."""

    color: Color
    generation: int


@dataclass(frozen=True)
class StopEnvironment:
    """End every instance of an environment, after its drain or when ``drain_until`` has passed."""

    color: Color
    generation: int
    drain_until: float


@dataclass(frozen=True)
class MoveLiveComponents:
    """Stop the ``active: live`` components in the other environment, then start them in this one."""

    color: Color
    generation: int


@dataclass(frozen=True)
class CloseAddress:
    """The application is down: take its address out of the router."""


Action = (
    Record
    | Build
    | RunHook
    | StartShared
    | MoveShared
    | StopShared
    | LoadModel
    | UnloadModel
    | StartEnvironment
    | Verify
    | TakeBaseline
    | GatherEvidence
    | ProbeStandby
    | SetRoute
    | End
    | Drain
    | StopEnvironment
    | MoveLiveComponents
    | CloseAddress
)
