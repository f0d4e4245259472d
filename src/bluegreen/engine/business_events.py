"""What users did, as applications report it: counted for each run, never as people. The journal's events are others."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bluegreen.core.errors import InvalidInput
from bluegreen.core.model import Color

RunKey = tuple[str, int]
"""Colour and generation: one run of one environment."""

MOST_NAMES = 100
"""Different names that one application may report: a name that holds an id would fill the memory."""


class BusinessEvents:
    """Counts by application, run and name, in memory only: they begin at nothing when the controller starts."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[RunKey, dict[str, int]]] = {}
        self.trouble = ""
        """Why applications cannot report now; empty while they can."""

    def count(self, app: str, run: RunKey, events: Mapping[str, int]) -> int:
        """Add to the counts of a run; how many were counted.

        Raises InvalidInput, and counts none of them, where the application would have too many names.
        """
        runs = self._counts.setdefault(app, {})
        names = {name for counts in runs.values() for name in counts} | set(events)
        if len(names) > MOST_NAMES:
            raise InvalidInput(
                f"The application would have {len(names)} names of events.",
                why=f"At most {MOST_NAMES} are counted for one application; none of this batch were.",
                cure="Name what is done (`purchase`), without ids, amounts or addresses.",
            )
        counts = runs.setdefault(run, {})
        for name, number in events.items():
            counts[name] = counts.get(name, 0) + number
        return sum(events.values())

    def totals(self, app: str, color: Color, generation: int) -> Mapping[str, int]:
        """How often each name was reported by a run since this controller started; they only grow while it lives."""
        return dict(self._counts.get(app, {}).get((color, generation), {}))

    def keep_only(self, app: str, runs: Collection[RunKey]) -> None:
        """Forget the counts, and so the names, of every other run."""
        kept = {run: counts for run, counts in self._counts.get(app, {}).items() if run in runs}
        if kept:
            self._counts[app] = kept
        else:
            self._counts.pop(app, None)
