"""How a deployment that is followed is shown where no terminal is: line by line, or not at all."""

from __future__ import annotations

import sys
from typing import Protocol

from bluegreen.cli.figures import duration
from bluegreen.cli.timeline import Timeline


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
    """One line for each phase and each note, as they come: for logs and pipes."""

    def __init__(self, title: str) -> None:
        print(title, flush=True)
        self._shown: list[int] = []
        """How many notes of each phase were printed."""
        self._waiting = False

    def update(self, timeline: Timeline) -> None:
        for index, stretch in enumerate(timeline.stretches):
            if index == len(self._shown):
                self._shown.append(0)
                print(f"{stretch.since - timeline.stretches[0].since:>7.1f} s  {stretch.phase}")
            for note in stretch.notes[self._shown[index] :]:
                print("\n".join(f"{'':>11}{line}" for line in note.lines()))
            self._shown[index] = len(stretch.notes)
        sys.stdout.flush()

    def waiting(self, seconds: float) -> None:
        if bool(seconds) != self._waiting:
            self._waiting = bool(seconds)
            print(f"{'':>11}{away(seconds) if seconds else 'the controller is back'}", flush=True)


def away(seconds: float) -> str:
    return f"the controller does not answer, trying again ({duration(seconds)}); users are served without it"
