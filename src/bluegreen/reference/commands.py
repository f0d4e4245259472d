"""Each command's usage, options and exit codes, from the command line itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from bluegreen.cli.commands import COMMANDS
from bluegreen.cli.main import app
from bluegreen.cli.manual import page_of
from bluegreen.cli.manual.command import GROUPS
from bluegreen.reference.blocks import table

EVERYWHERE = {name for names in GROUPS.values() for name in names}
"""Options of most commands: the page tells them once, at its top."""


def commands() -> Iterator[tuple[str, Any, Any]]:
    """Every command that can be run: the words that it is typed with, the command, and its context."""
    root: Any = typer.main.get_command(app)
    top = typer.Context(root, info_name="bluegreen")
    for name in COMMANDS:
        command = root.get_command(top, name)
        ctx = typer.Context(command, parent=top, info_name=name)
        if not hasattr(command, "commands"):
            yield name, command, ctx
            continue
        for below, sub in command.commands.items():
            yield f"{name} {below}", sub, typer.Context(sub, parent=ctx, info_name=below)


def made(_page: str = "") -> dict[str, str]:
    """The block of each command, by its words."""
    return {name: _block(name, command, ctx) for name, command, ctx in commands()}


def _block(name: str, command: Any, ctx: Any) -> str:
    usage = " ".join(["bluegreen", name, *command.collect_usage_pieces(ctx)])
    own = [p for p in command.get_params(ctx) if p.name not in EVERYWHERE]
    also = [_opts(p) for p in command.get_params(ctx) if p.name in EVERYWHERE and p.name != "help"]
    rows = [_row(parameter, ctx) for parameter in own if not parameter.hidden]
    parts = [f"```text\n{usage}\n```", table(("argument or option", "meaning"), rows)]
    if also:
        parts.append(
            f"And {', '.join(f'`{opts}`' for opts in also)}: see [above](#which-controller-which-application)."
        )
    page = page_of(name)
    if page is not None:
        parts.append("Exit codes: " + "; ".join(f"`{code}` {means}" for code, means in page.exit_rows()) + ".")
        parts.append("```shell\n" + "\n".join(_example(e.command, e.what) for e in page.examples) + "\n```")
    return "\n\n".join(part for part in parts if part)


def _row(parameter: Any, ctx: Any) -> tuple[str, str]:
    left, meaning = parameter.get_help_record(ctx)
    return f"`{left}`", meaning


def _opts(parameter: Any) -> str:
    return "/".join(opt for opt in parameter.opts if opt.startswith("-")) or str(parameter.metavar or parameter.name)


def _example(command: str, what: str) -> str:
    return f"{command:<50}  # {what}"
