"""Everything that is shown to those who look while it happens: entries, status, figures, and marks of moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bluegreen.core.events import Entry
from bluegreen.core.model import AppState
from bluegreen.engine.board import Boards
from bluegreen.engine.feeds import Feeds
from bluegreen.engine.figures_history import FiguresHistory
from bluegreen.engine.marks import Marks
from bluegreen.engine.pulse import Pulse
from bluegreen.engine.services import Services


class Live:
    """Of all applications of a controller."""

    def __init__(self, services: Services, pulse: Pulse, states: Callable[[], Iterable[AppState]]) -> None:
        self._clock = services.clock
        self.figures = FiguresHistory(states, services.clock)
        self.feeds = Feeds(services.journal, Boards(services, pulse, self.figures))
        self._marks: dict[str, Marks] = {}
        pulse.listeners.append(self.figures.take)

    def take(self, app: str, entries: Sequence[Entry]) -> None:
        """An application's state has changed, and these have come into the journal; see `History.listeners`."""
        self._marks.setdefault(app, Marks()).take(entries)
        self.feeds.take(app, entries)

    def figures_json(self, app: str, seconds: float) -> dict[str, Any]:
        """The points of the last so many seconds, and the moves among them."""
        marks = self._marks[app].since(self._clock() - seconds) if app in self._marks else []
        return {
            "points": [point.as_json() for point in self.figures.points(app, seconds)],
            "marks": [mark.as_json() for mark in marks],
        }

    def close(self) -> None:
        """End every stream."""
        self.feeds.close()
