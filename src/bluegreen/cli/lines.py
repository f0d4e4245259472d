"""How a deployment that is followed is shown where no terminal is: line by line, or not at all."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from bluegreen.cli.asked import Now
from bluegreen.cli.checking import checking_notes
from bluegreen.cli.figures import duration
from bluegreen.cli.notes import Note
from bluegreen.cli.timeline import Timeline

SOON, SELDOM = 5.0, 30.0
"""Seconds after which it is told for the first time how far checks are; each pause after that is twice as long, up to
the second."""


class View(Protocol):
    """Shows a timeline as it grows."""

    def update(self, timeline: Timeline) -> None: ...

    def waiting(self, seconds: float) -> None:
        """No controller has answered for so long; 0: one does again."""
        ...


class Silent:
    """Shows nothing."""

    def update(self, timeline: Timeline) -> None:
        pass

    def waiting(self, seconds: float) -> None:
        pass


class Lines:
    """One line for each phase and each note, as they come, and now and then one for each check under way: for logs and
    pipes. ``now`` is asked how far they are: events do not tell."""

    def __init__(self, title: str, now: Callable[[], Now] = Now, *, soon: float = SOON) -> None:
        print(title, flush=True)
        self._shown: list[int] = []
        """How many notes of each phase were printed."""
        self._waiting = False
        self._now = now
        self._soon = soon
        self._lock = threading.Lock()
        self._verifying = False
        self._beside: threading.Thread | None = None
        self._over = threading.Event()

    def __enter__(self) -> Lines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:  # nothing is printed behind what follows
            self._over.set()

    def update(self, timeline: Timeline) -> None:
        with self._lock:
            for index, stretch in enumerate(timeline.stretches):
                if index == len(self._shown):
                    self._shown.append(0)
                    print(f"{stretch.since - timeline.stretches[0].since:>7.1f} s  {stretch.phase}")
                for note in stretch.notes[self._shown[index] :]:
                    _print(note)
                self._shown[index] = len(stretch.notes)
            sys.stdout.flush()
            self._verifying = timeline.phase == "verifying" and timeline.result is None
        if self._verifying and self._beside is None:
            self._beside = threading.Thread(target=self._tell_now_and_then, name="progress", daemon=True)
            self._beside.start()

    def waiting(self, seconds: float) -> None:
        if bool(seconds) != self._waiting:
            self._waiting = bool(seconds)
            with self._lock:
                print(f"{'':>11}{away(seconds) if seconds else 'the controller is back'}", flush=True)

    def _tell_now_and_then(self) -> None:
        pause = self._soon
        while not self._over.wait(pause) and self._verifying:
            self._tell_progress()
            pause = min(SELDOM, 2 * pause)

    def _tell_progress(self) -> None:
        before = list(self._shown)
        checks = self._now().checks
        with self._lock:
            if self._shown == before and not self._over.is_set():  # else some of it may be over
                for note in checking_notes(checks, time.time()):
                    _print(note)
                sys.stdout.flush()


def _print(note: Note) -> None:
    print("\n".join(f"{'':>11}{line}" for line in note.lines()))


def away(seconds: float) -> str:
    return f"the controller does not answer, trying again ({duration(seconds)}); users are served without it"
