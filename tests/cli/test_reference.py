"""docs/reference/cli.md names every command, option and exit code that there is."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from bluegreen.cli.commands import COMMANDS
from bluegreen.cli.exits import Exit
from bluegreen.cli.main import app

REFERENCE = (Path(__file__).parents[2] / "docs/reference/cli.md").read_text(encoding="utf-8")
EVERYWHERE = {"--home", "--app", "--json", "--help"}


def section(name: str) -> str:
    parts = [part for part in REFERENCE.split("\n### ")[1:] if f"`bluegreen {name}" in part.partition("\n")[0]]
    assert len(parts) == 1, f"docs/reference/cli.md has {len(parts)} sections for {name}"
    return parts[0].partition("\n## ")[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_described(name: str) -> None:
    group = typer.main.get_command(app)
    command = group.get_command(None, name)  # type: ignore[attr-defined]
    for parameter in command.params:
        for option in parameter.opts:
            if option.startswith("-") and option not in EVERYWHERE:
                assert f"{option}`" in section(name) or f"{option} " in section(name), f"{name} {option}"


def test_every_exit_code_is_described() -> None:
    for code in Exit:
        assert f"\n| {int(code)} |" in REFERENCE
