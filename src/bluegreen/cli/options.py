"""Options that several commands share, and what they mean."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bluegreen.core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from bluegreen.cli.remote import Remote
    from bluegreen.client import Client

DEFAULT_HOME = Path("~/.bluegreen")

Home = Annotated[
    Path, typer.Option("--home", metavar="DIR", show_default=False, help="Home of the controller [$BLUEGREEN_HOME].")
]
App = Annotated[
    str | None, typer.Option("--app", metavar="NAME", help="Application [that of this folder, or the only one].")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON (docs/reference/cli.md).")]

_APP_LINE = re.compile(r"""^(?:app|"app"|'app')[ \t]*:[ \t]+["']?([A-Za-z0-9][A-Za-z0-9_.-]*)""", re.MULTILINE)


_meant: tuple[Remote | None, Path] = (None, DEFAULT_HOME)
"""What stood before the command."""


def remember(remote: Remote | None, home: Path) -> None:
    """The controller that the options before the command name: the one at a URL, else that of a home."""
    global _meant
    _meant = (remote, home)


def client_of(home: Path) -> Client:
    """The controller that is meant. A ``--home`` behind the command counts more than a URL of the environment.

    Raises InvalidInput: both were named.
    """
    remote, before = _meant
    if remote is not None and home in (before, DEFAULT_HOME):
        return remote.client()
    if remote is not None and remote.explicit:
        raise both_named()
    # Not at the top: help needs no HTTP.
    from bluegreen.client import Client

    return Client(home.expanduser().absolute())


def both_named() -> InvalidInput:
    return InvalidInput(
        "--url and --home exclude each other.", why="Each names a controller.", cure="Keep one of them."
    )


def app_of(client: Client, named: str | None, folder: Path | None = None) -> str:
    """The application that is meant: the named one, else that of the folder's file, else the controller's only one.

    The file is only searched for its name: reading it whole would take longer than a rollback.

    Raises:
        InvalidInput: the controller has several. NotFound: it has none.
    """
    found = named or _app_in(folder or Path())
    if found:
        return found
    names = [status["app"] for status in client.apps()]
    if len(names) == 1:
        return str(names[0])
    if not names:
        raise NotFound("The controller has no application.", cure="`bluegreen deploy` brings one live.")
    raise InvalidInput(
        "It is not clear which application is meant.",
        why=f"The controller has several: {', '.join(names)}.",
        cure="Name one with --app, or change to the folder of its bluegreen.yaml.",
    )


def _app_in(folder: Path) -> str | None:
    try:
        with (folder / "bluegreen.yaml").open(encoding="utf-8") as file:
            line = _APP_LINE.search(file.read(100_000))
    except (OSError, UnicodeDecodeError):
        return None
    return line[1] if line else None
