"""Evidence for guards, in short."""

from __future__ import annotations

from collections.abc import Iterable

from bluegreen.core.evidence import Baseline, Counted, Reading, Threshold, Tick
from bluegreen.core.guards.base import Guard
from bluegreen.core.guards.factory import begin
from bluegreen.core.spec import Guard as Asked
from bluegreen.core.spec import Watch
from bluegreen.core.verdict import Verdict

BEFORE = Baseline(seconds=3600.0, requests=180_000, errors=90, timed=180_000)
"""50 requests a second, one in 2,000 of which failed."""
SLOW = Threshold(quantile=0.95, factor=1.5, before=0.2, seconds=0.3, share=0.05, usual=0.01)
MISSING = "the proxy does not answer"


def counted(
    requests: int, errors: int = 0, slow: int | None = None, *, arrived: int | None = None, waiting: int = 0
) -> Counted:
    """So many requests, answered within the tick; their times are measured where ``slow`` is given."""
    came = requests if arrived is None else arrived
    times = (0, ()) if slow is None else (requests, (slow,))
    return Counted(came, requests, errors, *times, waiting)


def tick(new: Counted | None, old: Counted | None = None, span: float = 1.0) -> Tick:
    return Tick(0.0, span, new, old, missing="" if new else MISSING)


def read(name: str, reading: Reading, span: float = 1.0) -> Tick:
    """A tick in which one source was read."""
    return Tick(0.0, span, readings={name: reading})


def said(name: str, verdict: Verdict, why: str = "") -> Tick:
    return read(name, Reading(verdict=verdict, why=why))


def one(asked: Asked, baseline: Baseline = BEFORE, *, share: int = 100, seconds: float = 300.0) -> Guard:
    """The guard for what a file asks for, by itself."""
    return begin(Watch(duration=seconds, guards=(asked,)), baseline, share, seconds, 1)[0]


def fold(guard: Guard, ticks: Iterable[Tick]) -> Guard:
    for each in ticks:
        guard = guard.take(each)
    return guard


def blocked_after(guard: Guard, ticks: Iterable[Tick]) -> int | None:
    """After how many ticks it blocks; None: not at all."""
    for number, each in enumerate(ticks, 1):
        guard = guard.take(each)
        if guard.verdict is Verdict.BLOCK:
            return number
    return None
