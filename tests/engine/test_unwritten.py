"""Evidence that could not be written down for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bluegreen.core import actions as a
from bluegreen.core.events import Watched
from bluegreen.core.evidence import Baseline, Tick
from bluegreen.core.model import AppState
from bluegreen.core.spec import ErrorRate, Watch
from bluegreen.core.watching import Judging, begin_watching
from bluegreen.engine.services import Events
from bluegreen.engine.unwritten import Unwritten
from bluegreen.journal.base import JournalFull
from bluegreen.journal.codec import encode
from tests.core.ticks import counted

LONG = 3 * 3600


def test_what_a_full_disk_has_held_back_for_hours_can_be_written() -> None:
    judging = Judging(Watch(duration=2.0 * LONG, guards=(ErrorRate(),)), 100, 2.0 * LONG, 2.0 * LONG, 1, sticky=False)
    state = AppState("shop", watching=begin_watching(1, judging, Baseline(3600.0, 180_000, 90), 0.0))
    full, written = True, list[Watched]()

    async def record(events: Events, provided: Callable[[AppState], bool]) -> bool:
        if full:
            raise JournalFull("the disk is full")
        for event, _ in events:
            encode(event)  # as a journal does
            assert isinstance(event, Watched)
            written.append(event)
        return True

    async def life() -> None:
        nonlocal full
        unwritten = Unwritten(lambda: state, record)
        await unwritten.begin([])
        for second in range(LONG):
            full = second < LONG - 1
            tick = Tick(1_700_000_000.0 + second, 1.0, counted(200), counted(10))
            await unwritten.take(a.GatherEvidence(2, 1), tick)
        assert unwritten.ahead is None

    asyncio.run(life())
    times = [tick.at for event in written for tick in event.ticks]
    assert times == sorted(times)
    assert len(times) == LONG
