"""The tour on a terminal. Colours only repeat what the words say."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bluegreen.cli.demo.narrator import Asking, heading
from bluegreen.cli.demo.users import Users
from bluegreen.cli.lines import View
from bluegreen.cli.live import LiveView
from bluegreen.core.output import printable

_INDENT = (0, 0, 0, 3)
_NUMBERS = frozenset({"#", "blue", "green", "failed", "switch", "late", "cut"})


class Terminal:
    """Deployments are drawn in place, with the load's count below them."""

    pause = 750

    def __init__(self) -> None:
        self._console = Console(highlight=False)

    def step(self, number: int | None, title: str, why: str) -> None:
        self._console.print()
        self._console.rule(Text(heading(number, title), "bold"), align="left", style="dim")
        self.say(why, "") if why else self.say("")

    def view(self, command: str, users: Users, now: Asking) -> AbstractContextManager[View]:
        return _DemoView(f"$ {command}", users, self._console, now)

    def say(self, *lines: str) -> None:
        for line in "\n".join(lines).split("\n"):
            self._console.print(Padding(_colored(line), _INDENT, expand=False) if line else "")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for column in columns:
            table.add_column(_colored(column), justify="right" if column in _NUMBERS else "left", no_wrap=True)
        for row in rows:
            table.add_row(*(_colored(cell) for cell in row))
        self._console.print(Padding(table, _INDENT, expand=False))


class _DemoView(LiveView):
    """A deployment as `bluegreen deploy` shows it, and what the load sees meanwhile."""

    def __init__(self, title: str, users: Users, console: Console, now: Asking) -> None:
        self._users = users
        super().__init__(title, console, now=now)

    def render(self) -> RenderableType:
        seen = self._users.seen()
        parts = [super().render()]
        if seen.requests:
            text = f"load: {seen.requests:,} requests, {seen.failed:,} failed, answered by {seen.newest}"
            parts.append(_colored(text, "red" if seen.failed else "dim"))
        return Padding(Group(*parts), _INDENT, expand=False)


def _colored(line: str, style: str = "") -> Text:
    text = Text(printable(line), style)
    text.highlight_regex(r"\bblue\b", "bold bright_blue")
    text.highlight_regex(r"\bgreen\b", "bold green")
    text.highlight_regex(r"\b(failed: .*|[1-9][\d,]* failed)", "red")
    text.highlight_regex(r"^\$ .*", "bold")
    return text
