"""The audit trail: taken in memory beside the answer, written at once, read from the disk."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from bluegreen.access.database import Database
from bluegreen.access.thread import DatabaseThread
from bluegreen.core.audit import MINUTE, Attempt, Like, Outcome, Recorded, like
from bluegreen.core.errors import BluegreenError

log = structlog.get_logger()

MOST = 10_000
"""Lines that wait in memory for a disk that takes none."""
STRANGERS = 200
"""Addresses of which failed logins are told apart within a minute; those of all others share a line."""
ELSEWHERE = "elsewhere"
PAUSE = 0.25
"""Seconds between two writes, at least: a flood of refusals is no flood of writes."""
TRY_AGAIN_AFTER = 5.0


@dataclass(eq=False)
class _Line:
    attempt: Attempt
    last: float
    count: int = 1
    id: int | None = None
    """Given when it is first written."""


class AuditTrail:
    """What was asked for and by whom. Taking an attempt in never waits and never fails."""

    def __init__(self, thread: DatabaseThread) -> None:
        self._thread = thread
        self._waiting: dict[_Line, None] = {}
        """To be written, in order."""
        self._summed: dict[Like, _Line] = {}
        """Refusals of this minute, which grow."""
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()
        self._ended = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._last: int | None = None
        self._failing = ""
        self._lost = 0

    @property
    def trouble(self) -> str:
        """What a person should know: that it is not written; empty when all is well."""
        if self._lost:
            return f"The audit trail misses {self._lost:,} attempts: {self._failing or 'the disk takes it again'}"
        if self._failing:
            return f"The audit trail is kept in memory ({len(self._waiting):,} lines): {self._failing}"
        return ""

    def start(self) -> None:
        self._task = asyncio.create_task(self._write_on(), name="audit trail")

    async def close(self) -> None:
        """Write what there is."""
        self._ended.set()
        self._news.set()
        if self._task is not None:
            await self._task
        with contextlib.suppress(BluegreenError):
            await self._write()

    def record(self, attempt: Attempt) -> None:
        """Take an attempt in. Refusals that are alike within a minute share a line."""
        key = like(attempt)
        if key is not None:
            self._close_past(attempt.at)
            if key not in self._summed and self._is_one_too_many(attempt):
                attempt = replace(attempt, address=ELSEWHERE)
                key = like(attempt)
        line = self._summed.get(key) if key is not None else None
        if line is not None:
            line.count, line.last = line.count + 1, attempt.at
        else:
            line = _Line(attempt, attempt.at)
        if line not in self._waiting and len(self._waiting) >= MOST:
            self._lost += 1
            return
        if key is not None:
            self._summed[key] = line
        self._waiting[line] = None
        self._news.set()

    def _close_past(self, now: float) -> None:
        minute = int(now // MINUTE)
        if any(key[0] != minute for key in self._summed):
            self._summed = {key: line for key, line in self._summed.items() if key[0] == minute}

    def _is_one_too_many(self, attempt: Attempt) -> bool:
        return not attempt.who and sum(not line.attempt.who for line in self._summed.values()) >= STRANGERS

    async def read(
        self, *, app: str | None, who: str | None, outcome: Outcome | None, before: int | None, limit: int
    ) -> Sequence[Recorded]:
        """Lines, the newest first, those included that were just taken in. Raises as `Database` does."""
        await self._write()
        given: dict[str, Any] = {"app": app, "who": who, "outcome": outcome}
        where = {column: value for column, value in given.items() if value is not None}
        return await self._thread.run(lambda database: database.attempts(where, before, limit))

    async def _write_on(self) -> None:
        while not self._ended.is_set():
            await self._news.wait()
            pause = PAUSE
            try:
                await self._write()
            except BluegreenError as error:
                if not self._failing:
                    log.warning("the audit trail is not written", why=str(error))
                self._failing = error.why or error.what
                pause = TRY_AGAIN_AFTER
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), pause)

    async def _write(self) -> None:
        # Whoever waits may be cancelled; what is being written has to get its numbers all the same.
        await asyncio.shield(asyncio.ensure_future(self._write_waiting()))

    async def _write_waiting(self) -> None:
        async with self._writing:
            self._news.clear()
            lines = list(self._waiting)
            if not lines:
                return
            try:
                if self._last is None:
                    self._last = await self._thread.run(Database.last_attempt)
                new = (line for line in lines if line.id is None)
                given = {line: number for number, line in enumerate(new, self._last + 1)}
                rows = [Recorded(line.id or given[line], line.attempt, line.count, line.last) for line in lines]
                await self._thread.run(lambda database: database.record(rows))
            except BluegreenError:
                self._news.set()
                raise
            self._last += len(given)
            for line, row in zip(lines, rows, strict=True):
                line.id = row.id
                if (line.count, line.last) == (row.count, row.last):
                    del self._waiting[line]
            self._failing = ""
