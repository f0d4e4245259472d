"""Where instances run. A runtime starts, finds again, supervises and stops them; it decides nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from bluegreen.core.spec import Ready, Stop


@dataclass(frozen=True, order=True)
class InstanceId:
    """Names one instance for good: the same id always means the same run of the same release."""

    app: str
    place: str
    """``blue``, ``green`` or ``shared``."""
    generation: int
    """Number of the deployment that started it."""
    component: str
    index: int

    def __str__(self) -> str:
        return f"{self.app}/{self.place}/{self.generation}/{self.component}/{self.index}"


@dataclass(frozen=True)
class InstanceSpec:
    """All that a runtime needs to run one instance. ``env`` holds secrets: it is never logged or shown."""

    id: InstanceId
    release: int
    command: str
    folder: str
    env: Mapping[str, str] = field(repr=False)
    ready: Ready
    stop: Stop
    listens: bool
    """Give it a port in ``$PORT``."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Values that are replaced by ``***`` in messages."""
    port: int | None = None
    """The port of an instance that listens, where others know it beforehand; None: any free one."""


class InstanceState(StrEnum):
    STARTING = "starting"
    READY = "ready"
    CRASHED = "crashed"
    """It ended by itself and is started again after a back-off."""
    STOPPING = "stopping"


@dataclass(frozen=True)
class InstanceStatus:
    """What was observed of one instance."""

    id: InstanceId
    state: InstanceState
    address: str | None = None
    """``host:port``, for one that listens; it stays the same when the instance is started again."""
    pid: int | None = None
    restarts: int = 0
    exit: str | None = None
    """How it last ended: ``exit 1`` or ``signal KILL``."""
    since: float = 0.0


@dataclass(frozen=True)
class StopOutcome:
    """How an instance ended: ``killed`` when it had to be, after its ``stop.within``."""

    killed: bool = False
    exit: str | None = None


OnChange = Callable[[InstanceStatus], None]
"""Called in the event loop whenever an instance crashes, or is running again."""

RestoreFolder = Callable[[InstanceSpec], Awaitable[None]]
"""Called before an instance is started whose ``folder`` is missing, to put it in place again."""


class Runtime(Protocol):
    """One place where instances run. Every method may be called again after a crash of the controller."""

    on_change: OnChange | None
    """None until somebody wants to know."""
    restore_folder: RestoreFolder | None

    async def start(self, spec: InstanceSpec) -> InstanceStatus:
        """Make this instance run and supervise it until `stop`; return when it is ready.

        Idempotent: one that already runs under this id is adopted, never doubled. Supervision restarts it with
        back-off whenever it ends by itself.

        Raises:
            PermanentError: it ended, or was not ready within ``spec.ready.within``; the message holds its last
                log lines. Nothing of it is left running.
        """
        ...

    async def resume(self, spec: InstanceSpec) -> InstanceStatus:
        """As `start`, for an instance that was ready before the controller went away.

        It is adopted where it still runs and started again where it died, and this returns without waiting for
        readiness: supervision goes on in the background and never gives up on it.
        """
        ...

    async def stop(self, id: InstanceId, stop: Stop) -> StopOutcome:
        """End this instance: signal, wait, kill; everything that it started ends with it.

        Idempotent: no error when it is gone or never was. Never signals a process that is not proved to be ours.
        """
        ...

    async def instances(self, app: str) -> Sequence[InstanceStatus]:
        """What runs, or should run, for this application, as observed now; also what no `start` of this
        controller asked for but an earlier one left behind."""
        ...

    def logs(self, app: str, place: str, component: str, *, lines: int, follow: bool) -> AsyncIterator[str]:
        """The last ``lines`` lines that each instance of this component wrote, oldest first, each prefixed with
        ``component.index | ``; then, with ``follow``, new ones as they come, across rotation and restarts."""
        ...

    async def close(self) -> None:
        """Stop supervising. Instances go on running."""
        ...
