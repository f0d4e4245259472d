"""Which writes with a key are under way, and how those before were answered.

What counts is in memory; the file is for the controller that is started next. Nothing that is wrong with the file holds
up a write.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import structlog

from bluegreen.api.problems import Problem
from bluegreen.api.repeats_file import Answer, Kept, Key, RepeatsFile

log = structlog.get_logger()

FILE = "repeats.db"
KEPT_FOR = 24 * 3600.0
"""Seconds for which a key means what it meant."""
MOST_OF_ONE = 1_000
"""Keys of one caller that are kept, and of all of them: the oldest are forgotten first."""
MOST = 10_000
WAIT = 20.0
"""Seconds for which a repeated request waits for the first one."""
DISK_WITHIN = 0.5
"""Seconds that a write waits for the file. It goes on then: a disk that hangs does not keep users on a bad release."""


class Repeats:
    """Writes by who asked for them and the key that they sent."""

    def __init__(self, home: Path, clock: Callable[[], float], *, wait: float = WAIT) -> None:
        self._path = home / FILE
        self._clock = clock
        self._wait = wait
        self._thread = ThreadPoolExecutor(1, "repeats")
        self._file: RepeatsFile | None = None
        self._loading: asyncio.Future[None] | None = None
        self._kept: dict[Key, Kept] = {}
        self._under_way: dict[Key, asyncio.Event] = {}
        self._of: Counter[str] = Counter()
        self._trouble = ""

    def warnings(self) -> list[str]:
        """What a person should know."""
        what = f"{self._path} cannot be used: {self._trouble}."
        return [f"{what} Writes that are sent twice are known until the controller ends."] if self._trouble else []

    async def claim(self, key: Key, fingerprint: bytes) -> Answer | None:
        """The answer of the same request before. None: there was none, and this one is under way until `end`.

        Raises Problem: 422 when it was another request, 409 when it cannot be told how it ended.
        """
        await self._loaded()
        until = asyncio.get_running_loop().time() + self._wait
        while (found := self._find(key)) is not None:
            if found.fingerprint != fingerprint:
                raise _another_request()
            if found.answer is not None:
                return found.answer
            over = self._under_way.get(key)
            if over is None:
                raise _end_unknown()
            try:
                async with asyncio.timeout_at(until):
                    await over.wait()
            except TimeoutError:
                raise _under_way() from None
        self._keep(Kept(key, fingerprint, self._clock()))
        self._under_way[key] = asyncio.Event()
        return None

    async def noted(self, key: Key) -> None:
        """Write down that it is under way, before anything is done."""
        kept = self._kept[key]
        await self._briefly(self._do(lambda file: file.put(kept)))

    def end(self, key: Key, answer: Answer | None) -> None:
        """It was answered; None: in a way that is not repeated, so that it may be tried again."""
        over = self._under_way.pop(key, None)
        if over is None:
            return
        over.set()
        if answer is None:
            self._forget([key])
            return
        kept = self._kept[key] = replace(self._kept[key], answer=answer)
        self._do(lambda file: file.put(kept))

    async def close(self) -> None:
        """Close the file, after everything that is to be written."""
        await asyncio.wrap_future(self._thread.submit(self._close))
        self._thread.shutdown()

    # --- in memory

    def _find(self, key: Key) -> Kept | None:
        found = self._kept.get(key)
        return found if found is not None and not self._too_old(found) else None

    def _too_old(self, kept: Kept) -> bool:
        return kept.key not in self._under_way and kept.at < self._clock() - KEPT_FOR

    def _keep(self, kept: Kept) -> None:
        self._forget([kept.key] if kept.key in self._kept else [])
        self._kept[kept.key] = kept
        self._of[kept.key[0]] += 1
        self._make_room(kept.key[0])

    def _make_room(self, owner: str) -> None:
        over = [key for key in self._kept if key not in self._under_way] if len(self._kept) > MOST else []
        too_many = over[: len(self._kept) - MOST]
        if self._of[owner] > MOST_OF_ONE:
            own = [key for key in self._kept if key[0] == owner and key not in self._under_way]
            too_many += own[: self._of[owner] - MOST_OF_ONE]
        for key, kept in self._kept.items():  # oldest first
            if not self._too_old(kept):
                break
            too_many.append(key)
        self._forget(list(dict.fromkeys(too_many)))

    def _forget(self, keys: Sequence[Key]) -> None:
        if not keys:
            return
        for key in keys:
            del self._kept[key]
            self._of[key[0]] -= 1
        self._of += Counter()  # without those that have none
        self._do(lambda file: file.drop(keys))

    # --- the file

    async def _loaded(self) -> None:
        if self._loading is None:
            self._loading = asyncio.ensure_future(self._load())
        if not self._loading.done():
            await self._briefly(self._loading)

    async def _load(self) -> None:
        found: list[Kept] = []
        await asyncio.wrap_future(self._thread.submit(self._run, self._load_into(found)))
        for kept in found:
            if kept.key not in self._kept:
                self._kept[kept.key] = kept
                self._of[kept.key[0]] += 1

    def _load_into(self, found: list[Kept]) -> Callable[[RepeatsFile], None]:
        since = self._clock() - KEPT_FOR
        return lambda file: found.extend(file.load(since))

    def _do(self, work: Callable[[RepeatsFile], object]) -> asyncio.Future[None]:
        """Have it done in the file's thread, after everything before."""
        return asyncio.wrap_future(self._thread.submit(self._run, work))

    async def _briefly(self, work: asyncio.Future[None]) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(work), DISK_WITHIN)

    def _run(self, work: Callable[[RepeatsFile], object]) -> None:
        try:
            if self._file is None:
                self._file = RepeatsFile(self._path)
            work(self._file)
        except (sqlite3.Error, OSError) as error:
            if not self._trouble:
                log.error("repeated requests are known in memory only", path=str(self._path), error=str(error))
            self._trouble = str(error)
        else:
            self._trouble = ""

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _another_request() -> Problem:
    return Problem(
        422,
        "This Idempotency-Key was used for another request.",
        why="A key belongs to one method, path and body.",
        cure="Send a new key with a new request.",
    )


def _under_way() -> Problem:
    return Problem(
        409,
        "The request with this Idempotency-Key is still under way.",
        why="It is done once, and its answer is not there yet.",
        cure="Send it again with the same key.",
        headers={"Retry-After": "1"},
    )


def _end_unknown() -> Problem:
    return Problem(
        409,
        "It is not known whether the request with this Idempotency-Key was carried out.",
        why="It had begun when the controller ended.",
        cure="See what became of it (`bluegreen status`, `bluegreen history`, GET /v1/audit); "
        "if it is still wanted, send it with a new key.",
    )
