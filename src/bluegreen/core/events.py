"""Everything that can happen to an application, as facts in the past tense. The journal holds nothing else.

Who caused an event and why stands in the `Entry` around it; ``evidence`` holds JSON values, never secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bluegreen.core.evidence import Baseline, Tick
from bluegreen.core.guards.base import GuardFinding
from bluegreen.core.model import Color, Kind, Release, Result, Traffic
from bluegreen.core.model_specs import ServedModel
from bluegreen.core.verdict import Verdict

Evidence = Mapping[str, Any]
Shares = Mapping[Color, int]
Counters = Mapping[str, Traffic]
"""By backend name, such as ``shop/green/12/web``."""


@dataclass(frozen=True)
class ReleaseCreated:
    release: Release
    kind: Literal["release created"] = "release created"


@dataclass(frozen=True)
class ReleaseRemoved:
    """Its folder and artifact were deleted: it can no longer be brought back."""

    release: int
    kind: Literal["release removed"] = "release removed"


@dataclass(frozen=True)
class DeploymentRequested:
    deployment: int
    release: int
    what: Kind
    color: Color
    instant: bool = False
    """The environment is warm and verified: straight to the switch."""
    message: str = ""
    keep_failed: bool = False
    supersedes: bool = False
    component: str | None = None
    override: str = ""
    """Why it is let pass while deployments are frozen or out of hours."""
    kind: Literal["deployment requested"] = "deployment requested"


@dataclass(frozen=True)
class Built:
    deployment: int
    traffic: Counters = field(default_factory=dict)
    """Counters near the deployment's beginning, for the receipt."""
    evidence: Evidence = field(default_factory=dict)
    kind: Literal["built"] = "built"


@dataclass(frozen=True)
class SharedStarted:
    """A copy of a shared component is ready. It serves at once when it is the first one."""

    deployment: int
    component: str
    digest: str
    release: int
    endpoints: tuple[str, ...]
    kind: Literal["shared component started"] = "shared component started"


@dataclass(frozen=True)
class SharedMoved:
    """Both environments use the replacement of a shared component; the old copy is to be stopped."""

    deployment: int
    component: str
    kind: Literal["shared component replaced"] = "shared component replaced"


@dataclass(frozen=True)
class SharedStopped:
    component: str
    """Its key in the state: a copy that nobody uses ends in ``+`` or ``~``."""
    cut: int | None = 0
    """Requests and streams that were still under way on it; None: not known."""
    kind: Literal["shared component stopped"] = "shared component stopped"


@dataclass(frozen=True)
class SharedReturned:
    """The instances of a copy of a shared component came back at other addresses."""

    component: str
    """Its key in the state."""
    generation: int
    endpoints: tuple[str, ...]
    kind: Literal["shared component moved"] = "shared component moved"


@dataclass(frozen=True)
class ModelLoading:
    """The intent to load a revision: recorded before the server is asked, so that it is unloaded whatever comes."""

    component: str
    generation: int
    """Of the component's copy."""
    digest: str
    release: int
    model: ServedModel
    deployment: int | None = None
    kind: Literal["model loading"] = "model loading"


@dataclass(frozen=True)
class ModelLoaded:
    """Instances of the component's copy answer for the revision."""

    component: str
    generation: int
    digest: str
    served_name: str
    instances: Mapping[str, str]
    """Which life of each instance was asked, by the instance's number."""
    seconds: float = 0.0
    deployment: int | None = None
    kind: Literal["model loaded"] = "model loaded"


@dataclass(frozen=True)
class ModelsLost:
    """An instance of the component's copy runs in another life than when its revisions were loaded, or not at all."""

    component: str
    generation: int
    instances: tuple[str, ...] = ()
    """Their numbers; empty, as older versions wrote it: it may be each of them."""
    kind: Literal["models lost"] = "models lost"


@dataclass(frozen=True)
class ModelUnloading:
    """The intent to unload a revision: recorded before the server is asked, so that nobody relies on it any more."""

    component: str
    generation: int
    digest: str
    served_name: str
    kind: Literal["model unloading"] = "model unloading"


@dataclass(frozen=True)
class ModelUnloaded:
    """Nothing needed the revision any more."""

    component: str
    generation: int
    digest: str
    served_name: str
    kind: Literal["model unloaded"] = "model unloaded"


@dataclass(frozen=True)
class EnvironmentStarting:
    deployment: int
    color: Color
    release: int
    kind: Literal["environment starting"] = "environment starting"


@dataclass(frozen=True)
class EnvironmentStarted:
    """Every instance is ready and the router has healthy members."""

    deployment: int
    color: Color
    endpoints: Mapping[str, tuple[str, ...]]
    seconds: float = 0.0
    kind: Literal["environment started"] = "environment started"


@dataclass(frozen=True)
class EnvironmentMoved:
    """Its instances came back at other addresses (after a reboot, when a port was taken)."""

    color: Color
    generation: int
    endpoints: Mapping[str, tuple[str, ...]]
    kind: Literal["environment moved"] = "environment moved"


@dataclass(frozen=True)
class CheckFinished:
    deployment: int
    check: str
    verdict: Verdict
    seconds: float
    evidence: Evidence = field(default_factory=dict)
    kind: Literal["check finished"] = "check finished"


@dataclass(frozen=True)
class Verified:
    """Every check allowed the release, in this run, under this digest."""

    deployment: int
    color: Color
    digest: str
    traffic: Counters = field(default_factory=dict)
    """Counters after the last check: what comes later is from users."""
    kind: Literal["verified"] = "verified"


@dataclass(frozen=True)
class Approved:
    deployment: int
    override: str = ""
    """Why it is let pass while deployments are frozen or out of hours."""
    kind: Literal["approved"] = "approved"


@dataclass(frozen=True)
class HookFinished:
    deployment: int
    hook: str
    succeeded: bool
    evidence: Evidence = field(default_factory=dict)
    kind: Literal["hook finished"] = "hook finished"


@dataclass(frozen=True)
class RouteRequested:
    """The intent to move users: recorded before the router is told."""

    epoch: int
    shares: Shares
    deployment: int | None = None
    kind: Literal["route requested"] = "route requested"


@dataclass(frozen=True)
class RouteConfirmed:
    """The router has read the route back."""

    epoch: int
    shares: Shares
    took: float
    """Seconds from the decision to the confirmation."""
    traffic: Counters = field(default_factory=dict)
    deployment: int | None = None
    kind: Literal["route confirmed"] = "route confirmed"


@dataclass(frozen=True)
class RouteObserved:
    """The router was found with another route than the journal had: what it has counts."""

    epoch: int
    shares: Shares
    kind: Literal["route observed"] = "route observed"


@dataclass(frozen=True)
class BaselineTaken:
    """How the live release does, before the first step of the switch: what the new one is compared with."""

    deployment: int
    baseline: Baseline
    kind: Literal["baseline taken"] = "baseline taken"


@dataclass(frozen=True)
class Watched:
    """Evidence of the step under watch: enough to judge it again."""

    deployment: int
    step: int
    ticks: tuple[Tick, ...]
    kind: Literal["watched"] = "watched"


@dataclass(frozen=True)
class WatchResumed:
    """A controller has taken a watch up again; what happened while there was none is not known."""

    deployment: int
    step: int
    missed: float
    """Seconds."""
    kind: Literal["watch resumed"] = "watch resumed"


@dataclass(frozen=True)
class WatchExtended:
    """Nothing can be told yet: the watch goes on for its own length once more."""

    deployment: int
    step: int
    kind: Literal["watch extended"] = "watch extended"


@dataclass(frozen=True)
class StandbyProbed:
    """The old environment was asked before going back to it: does it fail as well?"""

    deployment: int
    step: int
    verdict: Verdict
    evidence: Evidence = field(default_factory=dict)
    kind: Literal["standby probed"] = "standby probed"


@dataclass(frozen=True)
class Judged:
    """What the guards came to, with the figures that they came to it by."""

    deployment: int
    step: int
    verdict: Verdict
    share: int
    """The new release's share of users' requests, in per cent."""
    findings: tuple[GuardFinding, ...]
    elapsed: float
    """Seconds of evidence."""
    missed: float = 0.0
    """Seconds without a controller."""
    kind: Literal["judged"] = "judged"


@dataclass(frozen=True)
class WatchHeld:
    """A person is waited for; the guards go on judging."""

    deployment: int
    step: int
    kind: Literal["watch held"] = "watch held"


@dataclass(frozen=True)
class StepAllowed:
    """A step of the shift has been held and nothing spoke against the next one."""

    deployment: int
    step: int
    kind: Literal["step allowed"] = "step allowed"


@dataclass(frozen=True)
class RollbackStarted:
    """The route goes back, during a deployment that has begun to switch."""

    deployment: int
    kind: Literal["rollback started"] = "rollback started"


@dataclass(frozen=True)
class DeploymentEnded:
    deployment: int
    result: Result
    traffic: Counters = field(default_factory=dict)
    evidence: Evidence = field(default_factory=dict)
    kind: Literal["deployment ended"] = "deployment ended"


@dataclass(frozen=True)
class DrainFinished:
    """The router reports nothing under way on an environment that users have left."""

    color: Color
    generation: int
    seconds: float
    traffic: Counters = field(default_factory=dict)
    kind: Literal["drained"] = "drained"


@dataclass(frozen=True)
class EnvironmentStopping:
    color: Color
    generation: int
    kind: Literal["environment stopping"] = "environment stopping"


@dataclass(frozen=True)
class EnvironmentStopped:
    color: Color
    generation: int
    cut: int | None = 0
    """Requests and streams that were still under way when its instances were told to end; None: not known."""
    killed: int = 0
    """Instances that had to be killed."""
    traffic: Counters = field(default_factory=dict)
    kind: Literal["environment stopped"] = "environment stopped"


@dataclass(frozen=True)
class LiveComponentsMoved:
    """The ``active: live`` components run in this environment, and no longer in the other one."""

    color: Color
    kind: Literal["live components moved"] = "live components moved"


@dataclass(frozen=True)
class LiveComponentsUnknown:
    """A controller has started: where the ``active: live`` components run is to be made sure of again."""

    kind: Literal["live components unknown"] = "live components unknown"


@dataclass(frozen=True)
class InstanceCrashed:
    place: str
    component: str
    index: int
    exit: str | None = None
    restarts: int = 0
    kind: Literal["instance crashed"] = "instance crashed"


@dataclass(frozen=True)
class ActionFailed:
    """Something could not be done and is tried again; nothing has changed."""

    action: str
    evidence: Evidence = field(default_factory=dict)
    kind: Literal["action failed"] = "action failed"


@dataclass(frozen=True)
class Locked:
    why: str
    kind: Literal["locked"] = "locked"


@dataclass(frozen=True)
class Unlocked:
    kind: Literal["unlocked"] = "unlocked"


@dataclass(frozen=True)
class Frozen:
    """No deployment moves users from ``start`` until ``until`` (None: until it is lifted). Seconds since 1970."""

    why: str
    start: float
    until: float | None = None
    kind: Literal["frozen"] = "frozen"


@dataclass(frozen=True)
class Unfrozen:
    kind: Literal["unfrozen"] = "unfrozen"


@dataclass(frozen=True)
class DownRequested:
    kind: Literal["down requested"] = "down requested"


@dataclass(frozen=True)
class WentDown:
    """Nothing of the application runs any more and its address is closed."""

    kind: Literal["went down"] = "went down"


Event = (
    ReleaseCreated
    | ReleaseRemoved
    | DeploymentRequested
    | Built
    | SharedStarted
    | SharedMoved
    | SharedStopped
    | SharedReturned
    | ModelLoading
    | ModelLoaded
    | ModelsLost
    | ModelUnloading
    | ModelUnloaded
    | EnvironmentStarting
    | EnvironmentStarted
    | EnvironmentMoved
    | CheckFinished
    | Verified
    | Approved
    | HookFinished
    | RouteRequested
    | RouteConfirmed
    | RouteObserved
    | BaselineTaken
    | Watched
    | WatchResumed
    | WatchExtended
    | StandbyProbed
    | Judged
    | WatchHeld
    | StepAllowed
    | RollbackStarted
    | DeploymentEnded
    | DrainFinished
    | EnvironmentStopping
    | EnvironmentStopped
    | LiveComponentsMoved
    | LiveComponentsUnknown
    | InstanceCrashed
    | ActionFailed
    | Locked
    | Unlocked
    | Frozen
    | Unfrozen
    | DownRequested
    | WentDown
)


@dataclass(frozen=True)
class Draft:
    """An event with who caused it and why, before it has a place in the history."""

    app: str
    at: float
    """Seconds since 1970, by the controller's clock."""
    actor: str
    reason: str
    event: Event


@dataclass(frozen=True)
class Entry:
    """One event as it stands in the history."""

    seq: int
    """Position in the whole journal, from 1, without gaps."""
    app: str
    at: float
    actor: str
    reason: str
    event: Event
