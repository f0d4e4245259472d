"""`bluegreen help`: a command's page, in a pager."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bluegreen.core.errors import NotFound

_Command = Annotated[
    list[str] | None,
    typer.Argument(metavar="[COMMAND]...", help="Which command [the list of all].", show_default=False),
]


def help(ctx: typer.Context, command: _Command = None) -> None:
    """Show all about a command: what it does, its options, examples, exit codes, and where there is more.

    On a terminal in a pager ($PAGER); elsewhere as text. It is what `bluegreen COMMAND --help` prints.
    """
    from pydoc import pager

    pager(page(ctx.find_root(), tuple(command or ())))


def page(root: Any, names: tuple[str, ...]) -> str:
    """The help of the command that is named by its words; of all commands for no word."""
    ctx, found = root, root.command
    for name in names:
        below = found.get_command(ctx, name) if hasattr(found, "get_command") else None
        if below is None:
            raise NotFound(f"There is no command `{' '.join(names)}`.", cure="`bluegreen help` lists them all.")
        ctx, found = typer.Context(below, parent=ctx, info_name=name), below
    text: str = found.get_help(ctx)
    return text + "\n"
