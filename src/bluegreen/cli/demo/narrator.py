"""Who tells the tour: nobody for ``--json``, plain lines where no terminal is."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from bluegreen.cli.asked import Now
from bluegreen.cli.demo.users import Users
from bluegreen.cli.lines import Lines, Silent, View
from bluegreen.core.output import printable

_WIDTH = 100

Asking = Callable[[], Now]
"""Asks how a deployment stands."""


class Narrator(Protocol):
    """Shows a tour to whoever watches."""

    pause: int
    """Requests of the load to wait for before the next step, so that there is time to read."""

    def step(self, number: int | None, title: str, why: str) -> None:
        """The next step begins; what has no number is no step of the tour."""
        ...

    def view(self, command: str, users: Users, now: Asking) -> AbstractContextManager[View]:
        """Shows one deployment as it goes, under the command that a user would give for it."""
        ...

    def say(self, *lines: str) -> None: ...

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None: ...


class Quiet:
    """Tells nothing."""

    pause = 100

    def step(self, number: int | None, title: str, why: str) -> None:
        pass

    def view(self, command: str, users: Users, now: Asking) -> AbstractContextManager[View]:
        return nullcontext(Silent())

    def say(self, *lines: str) -> None:
        pass

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        pass


class Plain(Quiet):
    """Plain lines, as they come."""

    def step(self, number: int | None, title: str, why: str) -> None:
        self.say("", heading(number, title), *textwrap.wrap(why, _WIDTH), "")

    def view(self, command: str, users: Users, now: Asking) -> AbstractContextManager[View]:
        return Lines(f"$ {command}", now)

    def say(self, *lines: str) -> None:
        print("\n".join(printable(line) for line in lines), flush=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
        for row in (columns, *rows):
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), flush=True)


def heading(number: int | None, title: str) -> str:
    return title if number is None else f"{number}. {title}"
