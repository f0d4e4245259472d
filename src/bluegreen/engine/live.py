"""Everything that is shown to those who look while it happens: entries, status, figures, and marks of moves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bluegreen.core.events import Entry
from bluegreen.engine.application import Application
from bluegreen.engine.board import Boards
from bluegreen.engine.families import Family
from bluegreen.engine.feeds import Feeds
from bluegreen.engine.figures_history import FiguresHistory
from bluegreen.engine.marks import Marks
from bluegreen.engine.metrics import gather_metrics
from bluegreen.engine.pulse import Pulse
from bluegreen.engine.services import Services
from bluegreen.engine.tally import Tally


class Live:
    """Of all applications of a controller."""

    def __init__(self, services: Services, pulse: Pulse, applications: Callable[[], Iterable[Application]]) -> None:
        self._services, self._pulse, self._applications = services, pulse, applications
        self.figures = FiguresHistory(lambda: [app.state for app in applications()], services.clock)
        self.feeds = Feeds(services.journal, Boards(services, pulse, self.figures))
        self._marks: defaultdict[str, Marks] = defaultdict(Marks)
        self._tallies: defaultdict[str, Tally] = defaultdict(Tally)
        pulse.listeners.append(self.figures.take)

    def take(self, app: str, entries: Sequence[Entry]) -> None:
        """An application's state has changed, and these have come into the journal; see `History.listeners`."""
        self._marks[app].take(entries)
        self._tallies[app].take(entries)
        self.feeds.take(app, entries)

    def figures_json(self, app: str, seconds: float) -> dict[str, Any]:
        """The points of the last so many seconds, and the moves among them."""
        marks = self._marks[app].since(self._services.clock() - seconds)
        return {
            "points": [point.as_json() for point in self.figures.points(app, seconds)],
            "marks": [mark.as_json() for mark in marks],
        }

    async def metrics(self) -> list[Family]:
        """Everything that is measured, as of now."""
        apps = self._applications()
        return await gather_metrics(self._services, self._pulse, apps, self._tallies)

    def close(self) -> None:
        """End every stream."""
        self.feeds.close()
