"""The outbox: what is to be told, until it has arrived. Nothing that it does can hold anything else up."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog

from bluegreen.notify.delivery import Attempt, Delivery, State
from bluegreen.notify.outbox_file import KEPT_FOR, OutboxFile
from bluegreen.notify.unsaved import Unsaved

log = structlog.get_logger()
T = TypeVar("T")


@dataclass(frozen=True)
class Health:
    """How a channel does."""

    waiting: int
    last_delivered: float | None = None
    last_failure: Attempt | None = None


class Outbox:
    """``home/outbox.db``, in a thread of its own. What cannot be written is kept in memory until it can be.

    No method raises for it: a file that cannot be read counts as empty, and ``trouble`` says so.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / "outbox.db"
        self._thread = ThreadPoolExecutor(1, "outbox")
        self._unsaved = Unsaved()
        self._file: OutboxFile
        self._in_memory = ""
        self._momentary = ""
        self.controller = ""
        """The id of this controller, as receivers see it."""

    @property
    def trouble(self) -> str:
        """Why the file cannot be used now; empty while it can."""
        why = self._in_memory or self._momentary
        return f"The outbox {self._path} cannot be used: {why}. Messages are kept in memory." if why else ""

    async def open(self, newest: Mapping[str, int]) -> Mapping[str, int]:
        """Open it, or make it; up to which entry each application was announced. In a new outbox: up to ``newest``."""

        def opened() -> Mapping[str, int]:
            self._file, self._in_memory = _opened(self._path)
            self.controller = self._file.controller()
            cursors: Mapping[str, int] = newest
            with self._troubled():
                cursors = self._file.begin(newest)
            return cursors

        return await self._do(opened)

    async def close(self) -> None:
        await self._do(self._close)
        self._thread.shutdown()

    async def put(self, deliveries: Sequence[Delivery], cursors: Mapping[str, int] | None = None) -> None:
        """Take deliveries in, or what has become of them, with how far applications are announced: all or nothing."""
        await self._do(lambda: self._write(deliveries, dict(cursors or {})))

    async def put_new(self, deliveries: Sequence[Delivery], cursors: Mapping[str, int]) -> None:
        """The same for what is told for the first time, as far as is known: what is there already stays as it is."""

        def put() -> None:
            new = deliveries
            with self._troubled():
                known = self._unsaved.deliveries
                new = [d for d in deliveries if d.id not in known and self._file.find(d.id) is None]
            self._write(new, dict(cursors))

        await self._do(put)

    async def next(self, channel: str, now: float) -> Delivery | None:
        """The delivery whose turn it is: first attempts before later ones. None: none is due."""

        def found() -> Delivery | None:
            newer = self._unsaved.deliveries
            due = self._unsaved.due(channel, now)
            with self._troubled():
                due += [d for d in self._file.due(channel, now, len(newer) + 1) if d.id not in newer]
            return min(due, key=lambda d: (d.tries, d.due), default=None)

        return await self._do(found)

    async def next_due(self, channel: str) -> float | None:
        """When the next delivery is due, at the earliest; None: none waits."""

        def found() -> float | None:
            times = [d.due for d in self._unsaved.of(channel) if d.state is State.WAITING]
            with self._troubled():
                first = self._file.next_due(channel)
                times += [first] if first is not None else []
            return min(times, default=None)

        return await self._do(found)

    async def find(self, id: str) -> Delivery | None:
        def found() -> Delivery | None:
            delivery = self._unsaved.deliveries.get(id)
            with self._troubled():
                delivery = delivery or self._file.find(id)
            return delivery

        return await self._do(found)

    async def page(
        self, limit: int, before: int | None = None, channel: str | None = None, state: str | None = None
    ) -> Sequence[tuple[int, Delivery]]:
        """What the file has, newest first, each with its number; ``before`` a number for the next page."""

        def found() -> Sequence[tuple[int, Delivery]]:
            self._write([], {})
            page: Sequence[tuple[int, Delivery]] = []
            with self._troubled():
                page = self._file.page(limit, before, channel, state)
            return page

        return await self._do(found)

    async def health(self, channel: str) -> Health:
        def found() -> Health:
            self._write([], {})
            newest, count = list(self._unsaved.of(channel)), 0
            with self._troubled():
                count = self._file.count(channel)
                newest += self._file.newest(channel, 100)
            attempts = sorted((a for d in newest for a in d.attempts), key=lambda a: a.at, reverse=True)
            good = next((a.at for a in attempts if a.delivered), None)
            return Health(count, good, next((a for a in attempts if not a.delivered), None))

        return await self._do(found)

    async def forget_old(self, now: float) -> None:
        def forget() -> None:
            with self._troubled():
                self._file.forget(now - KEPT_FOR)

        await self._do(forget)

    # --- in its thread

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _close(self) -> None:
        self._write([], {})
        self._file.close()

    def _write(self, deliveries: Sequence[Delivery], cursors: dict[str, int]) -> None:
        self._unsaved.take(deliveries, cursors)
        if self._unsaved:
            with self._troubled():
                self._file.write(list(self._unsaved.deliveries.values()), self._unsaved.cursors)
                self._unsaved.clear()

    @contextlib.contextmanager
    def _troubled(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if not self._momentary:
                log.error("the outbox cannot be used", path=str(self._path), error=str(error))
            self._momentary = str(error)
        else:
            self._momentary = self._momentary if self._unsaved else ""


def _opened(path: Path) -> tuple[OutboxFile, str]:
    """The file, or a new one in the place of a damaged one; where there can be none, one in memory and why."""
    try:
        try:
            return OutboxFile(path), ""
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            log.error("the outbox is damaged: a new one is begun", path=str(path), error=str(error))
            for suffix in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    Path(f"{path}{suffix}").replace(f"{path}{suffix}.damaged")
            return OutboxFile(path), ""
    except (sqlite3.Error, OSError) as error:
        log.error("the outbox is kept in memory", path=str(path), error=str(error))
        return OutboxFile(None), str(error)
