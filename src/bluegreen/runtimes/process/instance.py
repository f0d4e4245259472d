"""One instance: its process, kept running and watched until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog

from bluegreen.core.spec import Stop
from bluegreen.runtimes.base import InstanceSpec, InstanceState, InstanceStatus, StopOutcome
from bluegreen.runtimes.process.ending import end_all, end_recorded
from bluegreen.runtimes.process.launch import LaunchError, has_folder, launch, probed
from bluegreen.runtimes.process.logs import Logs
from bluegreen.runtimes.process.records import InstanceRecord, Records, status_of
from bluegreen.runtimes.readiness import until_ready
from bluegreen.system.process import exit_text, wait_ended

_FIRST_BACK_OFF, _LONGEST_BACK_OFF = 0.2, 30.0
_RAN_WELL = 10.0
_REST_ENDS_WITHIN = 5.0

_log = structlog.get_logger()


@dataclass(frozen=True)
class Surroundings:
    """What all instances of a runtime share."""

    records: Records
    logs: Logs
    changed: Callable[[InstanceStatus], None]
    restore_folder: Callable[[InstanceSpec], Awaitable[None]]


class Instance:
    """Keeps one process running: adopts it where it runs, starts it where not, and again whenever it ends."""

    def __init__(self, spec: InstanceSpec, record: InstanceRecord, around: Surroundings, *, known: bool) -> None:
        """``known``: there is a record of it on disk, so it may run, or have left something running."""
        self.spec = spec
        self.record = record
        self.answer = ""
        """The last answer to the question whether it is ready, as long as that is no."""
        self._launched_at = around.logs.of(spec.id).end
        self._around = around
        self._known = known
        self._state = InstanceState.STARTING
        self._waiting: list[asyncio.Future[None]] = []
        self._back_off = _FIRST_BACK_OFF
        self._task: asyncio.Task[None] | None = None

    def last_words(self, lines: int) -> list[str]:
        """The last lines that its newest process wrote."""
        return self._around.logs.of(self.spec.id).last_words(lines, since=self._launched_at)

    @property
    def status(self) -> InstanceStatus:
        return status_of(self.record, self._state)

    def supervise(self) -> None:
        """Begin to keep it running; nothing when that was begun."""
        if self._task is None:
            self._state = InstanceState.STARTING
            self._adopt()
            self._task = asyncio.create_task(self._keep_running())

    async def settled(self) -> InstanceStatus:
        """Return when it is ready, or when it ends before that."""
        if self._state is not InstanceState.READY:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        return self.status

    async def leave(self) -> None:
        """Stop supervising; the process goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def stop(self, stop: Stop) -> StopOutcome:
        """End the process and everything that it started."""
        await self.leave()
        self._state = InstanceState.STOPPING
        return await end_recorded(self.record, self._around.records, stop)

    def _adopt(self) -> bool:
        """Take its process over if it runs."""
        process = self._around.records.find_process(self.record) if self._known else None
        if process is None:
            return False
        self.record = replace(self.record, process=process)
        if self.record.ready:
            self._state = InstanceState.READY
        return True

    async def _keep_running(self) -> None:
        while True:
            try:
                if not self._adopt():
                    await self._start_again()
                began = time.monotonic()
                await self._watch()
                if time.monotonic() - began > _RAN_WELL:
                    self._back_off = _FIRST_BACK_OFF
                await self._ended()
            except LaunchError as error:
                self._crashed(str(error))
            except Exception as error:
                # Whatever it is, supervision may not end: the instance is what users get.
                _log.exception("supervision failed", instance=str(self.spec.id))
                self._crashed(f"supervision failed: {error}")
            await asyncio.sleep(self._back_off)
            self._back_off = min(2 * self._back_off, _LONGEST_BACK_OFF)

    async def _start_again(self) -> None:
        # What its last process left may hold the port.
        if self._known:
            await self._end_rest()
        self._known = True
        if not has_folder(self.spec):
            await self._restore_folder()
        record = self.record
        if record.process is not None:
            record = replace(record, restarts=record.restarts + 1)
        self.answer = ""
        self._launched_at = self._around.logs.of(self.spec.id).end
        self.record = launch(self.spec, record, self._around.records, self._around.logs)
        self._enter(InstanceState.STARTING)

    async def _restore_folder(self) -> None:
        try:
            await self._around.restore_folder(self.spec)
        except Exception as error:
            reason = f"its folder {self.spec.folder} is missing and could not be restored: {error}"
            raise LaunchError(reason) from error

    async def _watch(self) -> None:
        """Find out when it becomes ready; return when it has ended."""
        assert self.record.process is not None
        asking = asyncio.create_task(self._become_ready())
        try:
            await wait_ended(self.record.process, reap=False)
        finally:
            asking.cancel()
            await asyncio.wait([asking])

    async def _become_ready(self) -> None:
        if self._state is InstanceState.READY:
            return
        asked = probed(self.spec, self.record, self._around.records)
        await until_ready(self.spec.ready, asked, self._note)
        self.record = replace(self.record, ready=True)
        self._enter(InstanceState.READY)
        self._save()
        if self.record.restarts > 0:
            self._tell()

    def _note(self, answer: str) -> None:
        self.answer = answer

    async def _ended(self) -> None:
        """Take down what its process left, and how it ended."""
        assert self.record.process is not None
        await self._end_rest()
        self._crashed(exit_text(self.record.process))

    async def _end_rest(self) -> None:
        stop = self.spec.stop
        await end_all(self.record, self._around.records, replace(stop, within=min(stop.within, _REST_ENDS_WITHIN)))

    def _crashed(self, reason: str | None) -> None:
        self.record = replace(self.record, exit=reason, ready=False)
        self._enter(InstanceState.CRASHED)
        self._save()
        self._tell()

    def _tell(self) -> None:
        try:
            self._around.changed(self.status)
        except Exception:
            _log.exception("whoever was told of a change failed", instance=str(self.spec.id))

    def _enter(self, state: InstanceState) -> None:
        self._state = state
        self.record = replace(self.record, since=time.time())
        if state is not InstanceState.STARTING:
            for waiting in self._waiting:
                if not waiting.done():
                    waiting.set_result(None)
            self._waiting.clear()

    def _save(self) -> None:
        # A full disk must not end supervision; what is on disk is still enough to find the process.
        with contextlib.suppress(OSError):
            self._around.records.save(self.record)
