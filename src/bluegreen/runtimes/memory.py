"""A runtime in which nothing really runs: for trying things out and for testing what uses a runtime."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bluegreen.core.spec import Stop
from bluegreen.runtimes.base import (
    InstanceId,
    InstanceSpec,
    InstanceState,
    InstanceStatus,
    OnChange,
    RestoreFolder,
    StopOutcome,
)

_PID = 1
_FOLLOW_EVERY = 0.02


@dataclass
class Machine:
    """What outlives a controller: the instances and their logs."""

    running: dict[InstanceId, InstanceStatus] = field(default_factory=dict)
    ports: dict[InstanceId, int] = field(default_factory=dict)
    last_port: int = 0
    lines: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    def address(self, spec: InstanceSpec) -> str | None:
        """An address of its own for each instance that listens; nothing answers there."""
        if not spec.listens:
            return None
        if spec.id not in self.ports:
            self.last_port += spec.port is None
            self.ports[spec.id] = spec.port or self.last_port
        return f"127.0.0.1:{self.ports[spec.id]}"


_machines: dict[Path, Machine] = {}


class MemoryRuntime:
    """Instances are ready at once and run until they are stopped or `crash` is called.

    What runs belongs to ``home``, not to this object: another one with the same home finds it.
    """

    def __init__(self, home: Path) -> None:
        self.on_change: OnChange | None = None
        self.restore_folder: RestoreFolder | None = None
        self.fail_start: dict[str, Exception] = {}
        """By component: what `start` of a new instance of it raises."""
        self._closed = False
        self._machine = _machines.setdefault(home, Machine())

    @property
    def running(self) -> dict[InstanceId, InstanceStatus]:
        """The instances of the home; clear it to restart the machine."""
        return self._machine.running

    async def start(self, spec: InstanceSpec) -> InstanceStatus:
        """As `Runtime.start`; it is ready at once, or `fail_start` is raised."""
        await asyncio.sleep(0)
        running = self.running.get(spec.id)
        if running is not None and running.state is InstanceState.READY:
            return running
        if error := self.fail_start.get(spec.id.component):
            self.running.pop(spec.id, None)
            raise error
        return self._run(spec, restarts=0)

    async def resume(self, spec: InstanceSpec) -> InstanceStatus:
        """As `Runtime.resume`."""
        running = self.running.get(spec.id)
        if running is not None and running.state is InstanceState.READY:
            return running
        status = self._run(spec, restarts=running.restarts + 1 if running else 1)
        self._tell(status)
        return status

    async def stop(self, id: InstanceId, stop: Stop) -> StopOutcome:
        """As `Runtime.stop`."""
        await asyncio.sleep(0)
        was = self.running.pop(id, None)
        self._machine.ports.pop(id, None)
        ran = was is not None and was.state is InstanceState.READY
        return StopOutcome(exit=f"signal {stop.signal}" if ran else None)

    async def instances(self, app: str) -> Sequence[InstanceStatus]:
        """As `Runtime.instances`."""
        return sorted((s for s in self.running.values() if s.id.app == app), key=lambda status: status.id)

    async def logs(self, app: str, place: str, component: str, *, lines: int, follow: bool) -> AsyncIterator[str]:
        """As `Runtime.logs`; the lines are those of starts and ends."""
        written = self._machine.lines.setdefault((app, place, component), [])
        position = len(written)
        for line in written[max(0, position - lines) :]:
            yield line
        while follow:
            for line in written[position:]:
                position += 1
                yield line
            await asyncio.sleep(_FOLLOW_EVERY)

    async def close(self) -> None:
        """As `Runtime.close`."""
        self._closed = True

    def crash(self, id: InstanceId, *, exit: str = "exit 1", recovers: bool = True) -> None:
        """Let a running instance end by itself. It is started again right after, unless ``recovers`` is false or this
        runtime was closed."""
        was = self.running[id]
        crashed = replace(was, state=InstanceState.CRASHED, pid=None, exit=exit, since=time.time())
        self.running[id] = crashed
        self._write(id, f"ended: {exit}")
        self._tell(crashed)
        if recovers and not self._closed:
            asyncio.get_running_loop().call_soon(self._recover, id)

    def _recover(self, id: InstanceId) -> None:
        was = self.running.get(id)
        if was is not None and was.state is InstanceState.CRASHED:
            self.running[id] = replace(
                was, state=InstanceState.READY, pid=_PID, restarts=was.restarts + 1, since=time.time()
            )
            self._tell(self.running[id])

    def _run(self, spec: InstanceSpec, *, restarts: int) -> InstanceStatus:
        address = self._machine.address(spec)
        status = InstanceStatus(spec.id, InstanceState.READY, address, pid=_PID, restarts=restarts, since=time.time())
        self.running[spec.id] = status
        id = spec.id
        self._write(id, f"--- {id.app} r{spec.release} {id.component}.{id.index} started")
        return status

    def _write(self, id: InstanceId, line: str) -> None:
        written = self._machine.lines.setdefault((id.app, id.place, id.component), [])
        written.append(f"{id.component}.{id.index} | {line}")

    def _tell(self, status: InstanceStatus) -> None:
        if self.on_change is not None:
            self.on_change(status)
