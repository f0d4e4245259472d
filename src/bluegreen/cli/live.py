"""The live view of a deployment on a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from bluegreen.cli.asked import Now
from bluegreen.cli.checking import checking_notes
from bluegreen.cli.drawing import drawn, drawn_watch
from bluegreen.cli.figures import duration
from bluegreen.cli.lines import away
from bluegreen.cli.notes import Note
from bluegreen.cli.poll import Poll
from bluegreen.cli.timeline import Stretch, Timeline
from bluegreen.cli.watching import watch_notes

_BRIEF = 0.1
"""Seconds; a phase that passed faster and has nothing to tell is not shown."""


class LiveView:
    """Phases with their times, redrawn in place; what is there at the end stays on the screen.

    ``now`` is asked about once a second how far the checks are, and how the watch stands: events do not tell.
    """

    def __init__(self, title: str, console: Console | None = None, *, now: Callable[[], Now] = Now) -> None:
        self._title = Text(title, style="bold")
        self._timeline = Timeline()
        self._away = 0.0
        self._poll = Poll(now)
        self._spinner = Spinner("dots", style="cyan")
        self._live = Live(console=console, get_renderable=self.render, refresh_per_second=10)

    def __enter__(self) -> LiveView:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._poll.close()
        self._live.__exit__(kind, error, trace)

    def update(self, timeline: Timeline) -> None:
        self._timeline = timeline
        if timeline.phase == "verifying":  # a check that has just finished is not under way
            self._poll.forget()
        self._live.refresh()

    def waiting(self, seconds: float) -> None:
        self._away = seconds

    def render(self) -> RenderableType:
        rows = Table.grid(padding=(0, 1))
        rows.add_column(width=1)
        rows.add_column(min_width=17)
        rows.add_column(justify="right", min_width=7, style="dim")
        rows.add_column(overflow="fold")
        for stretch in self._timeline.stretches:
            if stretch.until is None or stretch.notes or stretch.until - stretch.since >= _BRIEF or not stretch.good:
                rows.add_row(*self._row(stretch))
        parts: list[RenderableType] = [self._title, rows, *self._watch()]
        if self._away:
            parts.append(Text(away(self._away), style="yellow"))
        return Group(*parts)

    def _watch(self) -> list[RenderableType]:
        if self._timeline.phase != "watching" or self._timeline.result is not None:
            return []
        watch = (self._poll.latest() or Now()).watch
        return [Padding(drawn_watch(watch_notes(watch)), (0, 0, 0, 2), expand=False)] if watch else []

    def _checks(self, stretch: Stretch) -> list[Note]:
        if stretch.phase != "verifying" or stretch.until is not None:
            return []
        return checking_notes((self._poll.latest() or Now()).checks, time.time())

    def _row(self, stretch: Stretch) -> tuple[RenderableType, ...]:
        notes = Group(*(drawn(note) for note in (*stretch.notes, *self._checks(stretch))))
        if stretch.until is not None:
            mark = Text("✓", "green") if stretch.good else Text("✗", "red")
            return mark, Text(stretch.phase), duration(stretch.until - stretch.since), notes
        took = max(0.0, time.time() - stretch.since)
        return self._spinner, Text(stretch.phase, "bold"), f"{took:.1f} s", notes
