"""Evidence of the step under watch that is not on record yet: it is judged by all the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.errors import BluegreenError
from bluegreen.core.evidence import Tick
from bluegreen.core.model import AppState
from bluegreen.core.watching import Watching
from bluegreen.engine.services import Events
from bluegreen.journal.base import JournalConflict

log = structlog.get_logger()

Record = Callable[[Events], Awaitable[bool]]
"""Appends events; raises what `History.append` raises."""
WRITE_EVERY = 10.0
"""Seconds of evidence that are written down together, as long as nothing follows from it."""


class Unwritten:
    """Folds each tick at once, and writes them down together. With the disk full they are kept."""

    def __init__(self, state: Callable[[], AppState], record: Record) -> None:
        self._state = state
        self._record = record
        self._first: Events = []
        self._ticks: list[Tick] = []
        self.ahead: Watching | None = None
        """The watch with what is not written down; None: everything is."""

    async def begin(self, first: Events) -> None:
        """Write this down now, or else together with the first evidence: it holds up nothing."""
        self.forget()
        try:
            if first:
                await self._record(first)
        except BluegreenError as error:
            self._keep(error)
            self._first = first

    def forget(self) -> None:
        self._first, self._ticks, self.ahead = [], [], None

    async def take(self, action: a.GatherEvidence, tick: Tick) -> None:
        """Fold a tick, and write down what has gathered when something new follows from it, or enough has gathered."""
        on_record = self._watching()
        before = self.ahead or on_record
        # What came in between (an extension, a hold) is in the state only.
        ahead = replace(on_record, guards=before.guards, elapsed=before.elapsed).take([tick])
        self._ticks.append(tick)
        self.ahead = ahead
        # What is on record may lead to the same already: then a hook or a person is waited for.
        follows = ahead.conclusion is not on_record.conclusion
        changed = ahead.verdict is not before.verdict
        if follows or changed or sum(tick.span for tick in self._ticks) >= WRITE_EVERY:
            await self._write(action, ahead)

    async def _write(self, action: a.GatherEvidence, ahead: Watching) -> None:
        watched = e.Watched(action.deployment, action.step, tuple(self._ticks))
        try:
            await self._record([*self._first, (watched, ahead.reason)])
        except JournalConflict as error:
            # An append that was said to have failed was made after all.
            self._keep(error)
            self._first = []
            self._ticks = _latest(self._ticks, ahead.elapsed - self._watching().elapsed)
        except BluegreenError as error:
            self._keep(error)
        else:
            self.forget()

    def _watching(self) -> Watching:
        watching = self._state().watching
        assert watching is not None
        return watching

    def _keep(self, error: BluegreenError) -> None:
        log.warning("evidence is kept in memory", app=self._state().app, error=str(error))


def _latest(ticks: Sequence[Tick], seconds: float) -> list[Tick]:
    """Those of the last ``seconds``."""
    found: list[Tick] = []
    for tick in reversed(ticks):
        if sum(other.span for other in found) > seconds - 1e-6:
            break
        found.insert(0, tick)
    return found
