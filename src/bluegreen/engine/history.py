"""One application's history: the only way in which its state changes, also while the disk is full."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from bluegreen.core import actions as a
from bluegreen.core import events as e
from bluegreen.core.decide import decide
from bluegreen.core.errors import PermanentError
from bluegreen.core.evolve import evolve
from bluegreen.core.model import AppState, Kind, Phase
from bluegreen.core.watching import Conclusion
from bluegreen.journal.base import Draft, Entry, Journal, JournalConflict, JournalFull
from bluegreen.system.faults import point

log = structlog.get_logger()

FOLLOW_UPS = 10
"""How many records may follow from one event without anything being done; a bound, never reached."""
PAGE = 1000
"""Entries that are read at a time: a long history is never in memory as a whole."""


class History:
    """Appends events, folds them into the state, and tells who follows."""

    def __init__(self, journal: Journal, app: str, clock: Callable[[], float]) -> None:
        self._journal = journal
        self._app = app
        self._clock = clock
        self._lock = asyncio.Lock()
        self._saved = 0
        self._unsaved: list[Draft] = []
        self.why_unsaved = ""
        self.state = AppState(app)
        self.changed = asyncio.Event()
        """Set at every append; who waits clears it first."""
        self.appended = asyncio.Condition()
        self.listeners: list[Callable[[Sequence[Entry]], None]] = []
        """Told of each change of the state, with what came into the journal, each entry once and in order, those of the
        start included; with none while the state is ahead of the journal. They are quick."""

    async def load(self) -> None:
        """Fold everything that the journal has and this has not."""
        async with self._lock:
            await self._catch_up()

    async def _catch_up(self) -> None:
        while entries := await self._journal.read(self._app, after=self._saved, limit=PAGE):
            for entry in entries:
                self._saved = entry.seq
                if self._unsaved and (self._unsaved[0].at, self._unsaved[0].event) == (entry.at, entry.event):
                    del self._unsaved[0]  # it is in force already
                else:
                    self.state = evolve(self.state, entry)
            self.state = replace(self.state, seq=self._saved)
            self._tell_listeners(entries)

    def _tell_listeners(self, entries: Sequence[Entry]) -> None:
        for listener in self.listeners:
            try:
                listener(entries)
            except Exception:
                log.exception("what happened was not taken in", app=self._app)

    @property
    def unsaved(self) -> int:
        """How many events are in force, but not in the journal, because it cannot be written."""
        return len(self._unsaved)

    async def append(
        self,
        events: Sequence[tuple[e.Event, str]],
        actor: str,
        *,
        provided: Callable[[AppState], bool] | None = None,
        observed: bool = False,
    ) -> bool:
        """Append events with their reasons, and what follows from them without anything having to be done.

        ``provided``: what must be true of the state on which they are appended; else nothing is (False). ``observed``:
        they only say how the world was found, and would be found again.

        Raises:
            JournalFull, PermanentError: nothing was appended. Events that were observed, or lead users back, are taken
                all the same, kept in memory, and written as soon as that is possible.
            JournalConflict: nothing was appended; the state has what was appended by somebody else.
        """
        # Shielded: whoever asked may be cancelled meanwhile, but what was written must be folded.
        return await asyncio.shield(asyncio.ensure_future(self._append(events, actor, provided, observed)))

    async def _append(
        self,
        events: Sequence[tuple[e.Event, str]],
        actor: str,
        provided: Callable[[AppState], bool] | None,
        observed: bool,
    ) -> bool:
        async with self._lock:
            if provided is not None and not provided(self.state):
                return False
            drafts = self._with_follow_ups([Draft(self._app, self._clock(), actor, why, ev) for ev, why in events])
            if drafts:
                await self._write(drafts, observed=observed)
        await self._tell()
        return True

    async def _tell(self) -> None:
        self.changed.set()
        async with self.appended:
            self.appended.notify_all()

    async def save_rest(self) -> None:
        """Write what could not be written. Raises JournalFull when there is still no room."""
        async with self._lock:
            if self._unsaved:
                await self._write([])

    def _with_follow_ups(self, drafts: list[Draft]) -> list[Draft]:
        """One commit for events and the records that they lead to: fewer waits for the disk on the way to a switch."""
        state = self._folded(self.state, drafts)
        for _ in range(FOLLOW_UPS):
            now = self._clock()
            record = next((x for x in decide(state, now).actions if isinstance(x, a.Record)), None)
            if record is None:
                break
            draft = Draft(self._app, now, "bluegreen", record.reason, record.event)
            drafts.append(draft)
            state = self._folded(state, [draft])
        return drafts

    def _folded(self, state: AppState, drafts: Sequence[Draft]) -> AppState:
        for draft in drafts:
            state = evolve(state, Entry(state.seq, draft.app, draft.at, draft.actor, draft.reason, draft.event))
        return state

    async def _write(self, drafts: list[Draft], *, observed: bool = False) -> None:
        kinds = "+".join(draft.event.kind for draft in drafts)
        point(f"before append {kinds}")
        pending = [*self._unsaved, *drafts]
        try:
            entries = await self._journal.append(pending, after=self._saved)
        except JournalConflict:
            # An append that was said to have failed was made after all.
            try:
                await self._catch_up()
            finally:
                await self._tell()
            raise
        except (JournalFull, PermanentError) as error:
            ahead = self._folded(self.state, drafts)
            if not drafts or not (observed or leads_back(self.state, ahead)):
                raise
            log.error("going on without writing it down", app=self._app, events=kinds, error=str(error))
            self._unsaved = pending
            self.why_unsaved = error.why.rstrip(".") or error.what
            self.state = ahead
            self._tell_listeners(())
            return
        point(f"after append {kinds}")
        self._unsaved = []
        for entry in entries[len(pending) - len(drafts) :]:
            self.state = evolve(self.state, entry)
        self._saved = entries[-1].seq
        self.state = replace(self.state, seq=self._saved)
        self._tell_listeners(entries)


def leads_back(before: AppState, after: AppState) -> bool:
    """Whether events serve to lead users back to where they were: these may not wait for free disk space.

    So does evidence of a regression, and the end of a deployment: as long as it is under way there is no going back
    from what was before it. And an application that goes down gives room.
    """
    if after.going_down and not before.down:
        return True
    if before.deployment is not None and after.deployment is None:
        return True
    if after.watching is not None and after.watching.conclusion is Conclusion.REGRESSED:
        return True
    for state in (before, after):
        d = state.deployment
        if d is not None and (d.phase is Phase.ROLLING_BACK or (d.what is Kind.ROLLBACK and d.instant)):
            return True
    return False
