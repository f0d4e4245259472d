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

log = structlog.get_logger()

Record = Callable[[Events, Callable[[AppState], bool]], Awaitable[bool]]
"""Appends events where this is true of the state, as `History.append` does; raises what that raises."""
WRITE_EVERY = 10.0
"""Seconds of evidence that are written down together, as long as nothing follows from it."""
MOST_AT_ONCE = 100
"""Ticks in one event: what a full disk held back for hours would be larger than an event may be."""


class Unwritten:
    """Folds each tick at once, and writes them down together. With the disk full they are kept."""

    def __init__(self, state: Callable[[], AppState], record: Record) -> None:
        self._state = state
        self._record = record
        self._first: Events = []
        self._ticks: list[Tick] = []
        self._known = 0.0, 0.0
        """Seconds of evidence, and seconds missed, that were on record when all of this was not."""
        self.ahead: Watching | None = None
        """The watch with what is not written down; None: everything is."""

    async def begin(self, first: Events) -> None:
        """Write this down now, or else together with the first evidence: it holds up nothing."""
        self.forget()
        watching = self._state().watching
        assert watching is not None
        self._known = _on_record(watching)
        self._first = first
        if first:
            await self._write(first, watching)

    def forget(self) -> None:
        self._first, self._ticks, self.ahead = [], [], None

    async def take(self, action: a.GatherEvidence, tick: Tick) -> None:
        """Fold a tick, and write down what has gathered when something new follows from it, or enough has gathered."""
        on_record = self._state().watching
        assert on_record is not None
        self._leave_out_what_is_on_record(on_record)
        before = self.ahead or on_record
        # What came in between (an extension, a hold) is in the state only.
        ahead = replace(on_record, guards=before.guards, elapsed=before.elapsed).take([tick])
        self._ticks.append(tick)
        self.ahead = ahead
        # What is on record may lead to the same already: then a hook or a person is waited for.
        follows = ahead.conclusion is not on_record.conclusion or ahead.verdict is not on_record.verdict
        if follows or sum(tick.span for tick in self._ticks) >= WRITE_EVERY:
            parts = [tuple(self._ticks[at : at + MOST_AT_ONCE]) for at in range(0, len(self._ticks), MOST_AT_ONCE)]
            reason = ahead.reason  # reckoned once: after hours on a full disk there are hundreds of parts each second
            watched = [(e.Watched(action.deployment, action.step, part), reason) for part in parts]
            await self._write([*self._first, *watched], on_record)

    def _leave_out_what_is_on_record(self, watching: Watching) -> None:
        """An append that was said to have failed may have been made: that shows at any later one, whoever makes it."""
        elapsed, missed = self._known
        if watching.missed > missed:
            self._first = []
        self._ticks = _later(self._ticks, watching.elapsed - elapsed)
        self._known = _on_record(watching)

    async def _write(self, events: Events, on_record: Watching) -> None:
        try:
            if await self._record(events, lambda state: state.watching is on_record):
                self.forget()
                self._known = _on_record(self._state().watching)
        except BluegreenError as error:
            log.warning("evidence is kept in memory", app=self._state().app, error=str(error))


def _on_record(watching: Watching | None) -> tuple[float, float]:
    return (watching.elapsed, watching.missed) if watching is not None else (0.0, 0.0)


def _later(ticks: Sequence[Tick], seconds: float) -> list[Tick]:
    """Those after the first so many seconds."""
    covered = 0.0
    for index, tick in enumerate(ticks):
        if covered > seconds - 1e-6:
            return list(ticks[index:])
        covered += tick.span
    return []
