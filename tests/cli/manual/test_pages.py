"""Every command has a page: what it does, examples that could be typed, exit codes, and where there is more."""

from __future__ import annotations

import re
import shlex
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import typer

from bluegreen.cli.commands import COMMANDS
from bluegreen.cli.main import app
from bluegreen.cli.manual.page import Page
from bluegreen.cli.manual.pages import PAGES
from tests.cli.run import Cli

DOCS = Path(__file__).parents[3] / "docs"
ROOT: Any = typer.main.get_command(app)


def find(name: str) -> Any:
    """A command, by the words that it is typed with; None: there is none."""
    found = ROOT
    for word in name.split():
        found = found.get_command(None, word) if hasattr(found, "get_command") else None
    return found


def all_commands() -> list[str]:
    """Every command that can be run, those of groups included."""
    below = {name: getattr(ROOT.get_command(None, name), "commands", None) for name in COMMANDS}
    return [f"{name} {sub}".strip() for name, subs in below.items() for sub in subs or [""]]


@pytest.mark.parametrize("name", all_commands())
def test_every_command_has_a_page(name: str, cli: Cli) -> None:
    assert name in PAGES, f"bluegreen.cli.manual has no page for `{name}`"
    shown = cli(*name.split(), "--help").out
    for heading in ("Usage:", "Examples:", "Exit codes:"):
        assert f"{heading}" in shown
    for example in PAGES[name].examples:
        assert example.command in shown


def test_there_is_no_page_of_a_command_that_is_gone() -> None:
    assert set(PAGES) <= set(all_commands())


@pytest.mark.parametrize(("name", "page"), PAGES.items())
def test_what_a_page_names_is_there(name: str, page: Page) -> None:
    assert all(find(other) for other in page.also), f"{name}: {page.also}"
    assert all((DOCS / path).exists() for path in page.see), f"{name}: {page.see}"
    assert set(page.means) <= set(page.exits)
    assert page.examples


@pytest.mark.parametrize(("name", "command"), [(n, e.command) for n, p in PAGES.items() for e in p.examples])
def test_examples_could_be_typed(name: str, command: str) -> None:
    inside = re.search(r"\$\((.*)\)", command)
    _, _, line = (inside[1] if inside else command).partition("bluegreen ")
    typed = list(takewhile(lambda word: word not in ("|", "&&", ">"), shlex.split(line)))
    ctx = ROOT.make_context("bluegreen", typed, resilient_parsing=True)
    words = [*ctx._protected_args, *ctx.args]
    named = len(name.split())
    assert words[:named] == name.split()
    find(name).make_context(name, words[named:])


def test_help_in_a_pager_is_the_same(cli: Cli) -> None:
    assert cli("help", "deploy").out.strip() == cli("deploy", "--help").out.strip()
    assert "Operate:" in cli("help").out


def test_help_for_what_is_no_command(cli: Cli) -> None:
    ran = cli("help", "deploi")
    assert ran.code == 2
    assert "no command `deploi`" in ran.err
