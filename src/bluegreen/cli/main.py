"""The entry point: global options, and errors as people and scripts read them."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from bluegreen import __version__
from bluegreen.cli.commands import COMMANDS, Commands
from bluegreen.cli.exits import exit_of_error
from bluegreen.cli.options import DEFAULT_HOME, both_named, remember
from bluegreen.cli.output import print_error
from bluegreen.cli.remote import Remote
from bluegreen.core.errors import BluegreenError, TemporaryError

app = typer.Typer(
    name="bluegreen",
    cls=Commands,
    add_completion=False,  # `bluegreen completion` is ours
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"bluegreen {__version__}")
        raise typer.Exit


@app.callback()
def bluegreen(
    ctx: typer.Context,
    home: Annotated[
        Path,
        typer.Option(envvar="BLUEGREEN_HOME", metavar="DIR", help="Where the controller keeps its state."),
    ] = DEFAULT_HOME,
    app: Annotated[str | None, typer.Option(metavar="NAME", help="Application [default: that of this folder].")] = None,
    url: Annotated[
        str | None,
        typer.Option(envvar="BLUEGREEN_URL", metavar="URL", help="Controller elsewhere; token in $BLUEGREEN_TOKEN."),
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File with the token, instead of $BLUEGREEN_TOKEN.")
    ] = None,
    oidc: Annotated[
        str | None,
        typer.Option(envvar="BLUEGREEN_OIDC_AUDIENCE", metavar="AUDIENCE", help="Use the CI job's own token."),
    ] = None,
    ca: Annotated[
        Path | None,
        typer.Option(envvar="BLUEGREEN_CA", metavar="FILE", help="CA certificate of the controller at the URL."),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Two environments behind one address, one atomic switch, instant rollback."""
    at = home.expanduser().absolute()
    remember(_remote(ctx, url, Remote("", False, ca, token_file, oidc)), at)
    ctx.default_map = dict.fromkeys(COMMANDS, {"home": str(at)} | ({"app": app} if app else {}))


def _remote(ctx: typer.Context, url: str | None, options: Remote) -> Remote | None:
    """The controller at a URL that is meant; a ``--home`` counts more than a URL of the environment."""
    named = {name for name in ("url", "home") if _is_written(ctx, name)}
    if named == {"url", "home"}:
        raise both_named()
    if not url or named == {"home"}:
        return None
    return options._replace(url=url, explicit="url" in named)


def _is_written(ctx: typer.Context, name: str) -> bool:
    """Whether an option stands on the command line."""
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def main() -> None:
    """Run the command line; ends the process with a code of `Exit`."""
    for out in (sys.stdout, sys.stderr):
        if isinstance(out, TextIOWrapper):  # a terminal that knows no ✓ gets a `?`
            out.reconfigure(errors="replace")
    if "_BLUEGREEN_COMPLETE" in os.environ:
        from bluegreen.cli.completion.shells import register

        register()
    try:
        app()
    except Exception as error:
        if os.environ.get("BLUEGREEN_DEBUG"):
            raise
        known = error if isinstance(error, BluegreenError) else _unexpected(error)
        print_error(known, as_json="--json" in sys.argv)
        sys.exit(exit_of_error(known))


def _unexpected(error: Exception) -> BluegreenError:
    return TemporaryError(
        f"This command failed: {type(error).__name__}: {error}",
        why="That was not foreseen; what the controller was asked before, it carries on with.",
        cure="`bluegreen status` shows what is live. BLUEGREEN_DEBUG=1 shows where it failed: please report it.",
    )
