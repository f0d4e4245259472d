"""The runtime of local processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from bluegreen.core.errors import PermanentError, TemporaryError
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
from bluegreen.runtimes.process.ending import end_recorded
from bluegreen.runtimes.process.failure import not_ready
from bluegreen.runtimes.process.instance import Instance, Surroundings
from bluegreen.runtimes.process.logs import Logs
from bluegreen.runtimes.process.records import InstanceRecord, Records, status_of
from bluegreen.system.faults import point
from bluegreen.system.ports import Ports


class ProcessRuntime:
    """Runs instances as detached processes: they outlive the controller, and its next one finds them again."""

    def __init__(self, home: Path) -> None:
        self.on_change: OnChange | None = None
        self.restore_folder: RestoreFolder | None = None
        self._records = Records(home)
        self._ports = Ports(home / "ports.json")
        self._logs = Logs(home)
        self._around = Surroundings(self._records, self._logs, self._changed, self._restore)
        self._instances: dict[InstanceId, Instance] = {}
        self._rotating: asyncio.Task[None] | None = None

    async def start(self, spec: InstanceSpec) -> InstanceStatus:
        """As `Runtime.start`."""
        instance = self._supervised(spec)
        try:
            async with asyncio.timeout(spec.ready.within):
                status = await instance.settled()
        except TimeoutError:
            status = instance.status
        if status.state is InstanceState.READY:
            return status
        error = not_ready(instance)
        await self.stop(spec.id, spec.stop)
        raise error

    async def resume(self, spec: InstanceSpec) -> InstanceStatus:
        """As `Runtime.resume`."""
        return self._supervised(spec).status

    async def stop(self, id: InstanceId, stop: Stop) -> StopOutcome:
        """As `Runtime.stop`."""
        if instance := self._instances.get(id):
            outcome = await instance.stop(stop)
        elif record := self._records.load(id):
            outcome = await end_recorded(record, self._records, stop)
        else:
            outcome = StopOutcome()
        point("instance ended")
        self._forget(id)
        return outcome

    async def instances(self, app: str) -> Sequence[InstanceStatus]:
        """As `Runtime.instances`."""
        supervised = {id: instance.status for id, instance in self._instances.items() if id.app == app}
        others = [self._observe(record) for record in self._records.of(app) if record.id not in supervised]
        return sorted([*supervised.values(), *others], key=lambda status: status.id)

    async def logs(self, app: str, place: str, component: str, *, lines: int, follow: bool) -> AsyncIterator[str]:
        """As `Runtime.logs`."""
        async with aclosing(self._logs.read(app, place, component, lines, follow)) as found:
            async for line in found:
                yield line

    async def close(self) -> None:
        """As `Runtime.close`."""
        if self._rotating is not None:
            self._rotating.cancel()
            await asyncio.wait([self._rotating])
        for instance in self._instances.values():
            await instance.leave()
        self._instances.clear()

    def _supervised(self, spec: InstanceSpec) -> Instance:
        if self._rotating is None:
            self._rotating = asyncio.create_task(self._logs.keep_small())
        instance = self._instances.get(spec.id)
        if instance is None:
            record = self._records.load(spec.id)
            known = record is not None
            record = record or InstanceRecord(spec.id)
            if spec.listens and record.port is None:
                record = replace(record, port=spec.port or self._take_port(spec.id))
            instance = self._instances[spec.id] = Instance(spec, record, self._around, known=known)
        instance.supervise()
        return instance

    def _forget(self, id: InstanceId) -> None:
        try:
            self._ports.release(str(id))
            point("port released")
            self._records.delete(id)
        except OSError as error:
            raise TemporaryError(
                f"{id} has ended, but its port could not be released.",
                why=str(error),
                cure="Free some disk space.",
                retry_after=5.0,
            ) from error
        self._instances.pop(id, None)

    def _take_port(self, id: InstanceId) -> int:
        try:
            return self._ports.take(str(id))
        except OSError as error:
            raise PermanentError(
                f"No port could be noted down for {id}.", why=str(error), cure="Free some disk space, and try again."
            ) from error

    def _observe(self, record: InstanceRecord) -> InstanceStatus:
        """The status of an instance that an earlier controller started, and this one was not asked for."""
        process = self._records.find_process(record)
        if process is None:
            return status_of(record, InstanceState.CRASHED)
        state = InstanceState.READY if record.ready else InstanceState.STARTING
        return status_of(replace(record, process=process), state)

    def _changed(self, status: InstanceStatus) -> None:
        if self.on_change is not None:
            self.on_change(status)

    async def _restore(self, spec: InstanceSpec) -> None:
        if self.restore_folder is not None:
            await self.restore_folder(spec)
