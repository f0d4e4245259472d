"""docs/reference/cli.md names every exit code and every option of most commands; `tests/reference` sees to the rest."""

from __future__ import annotations

from pathlib import Path

from bluegreen.cli.exits import Exit
from bluegreen.reference.commands import EVERYWHERE, commands

REFERENCE = (Path(__file__).parents[2] / "docs/reference/cli.md").read_text(encoding="utf-8")


def test_every_exit_code_is_described() -> None:
    for code in Exit:
        assert f"\n| {int(code)} |" in REFERENCE


def test_options_of_most_commands_are_described_once() -> None:
    found = {p.opts[0] for _, command, _ in commands() for p in command.params if p.name in EVERYWHERE}
    for option in found - {"APP", "app"}:
        assert f"| `{option}" in REFERENCE, option
