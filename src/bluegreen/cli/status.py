"""`bluegreen status`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bluegreen.cli.exits import Exit
from bluegreen.cli.options import DEFAULT_HOME, App, Home, Json, app_of, client_of
from bluegreen.cli.output import print_error, print_json

if TYPE_CHECKING:
    from bluegreen.client import Client

_Watch = Annotated[bool, typer.Option("--watch", "-w", help="Show it again every second, until Ctrl-C.")]
_EVERY = 1.0
_UNFOLDED = 1000
"""Columns of a pipe, which has no width: what somebody may search is not folded."""


def status(app: App = None, watch: _Watch = False, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """What is live, which release is in each environment, their health and traffic, and what is under way.

    Without --app, outside of an application's folder: every application of the controller.
    """
    client = client_of(home)
    if json:
        raise typer.Exit(_json(client, app, watch))
    try:
        _show(client, app, watch)
    except KeyboardInterrupt:
        return


def _found(client: Client, app: str | None) -> Sequence[Mapping[str, Any]]:
    """The applications that are meant: one, or all of them where none is named."""
    from bluegreen.core.errors import InvalidInput

    try:
        return [client.status(app_of(client, app))]
    except InvalidInput:
        return client.apps()


def _json(client: Client, app: str | None, watch: bool) -> Exit:
    """One status object; a list of them for several applications, one line each second with ``watch``."""
    from bluegreen.client import NoController

    while True:
        try:
            found = _found(client, app)
        except NoController as error:
            print_error(error, as_json=False)
            print_json({"controller": None, "app": app})
            return Exit.UNKNOWN
        print_json(found[0] if len(found) == 1 else {"apps": found}, line=watch)
        if not watch:
            return Exit.DONE
        time.sleep(_EVERY)


def _show(client: Client, app: str | None, watch: bool) -> None:
    from rich.console import Console
    from rich.live import Live

    from bluegreen.cli.status_view import view

    console = Console(highlight=False)
    found = _found(client, app)
    if not console.is_terminal:
        console.width = _UNFOLDED
        with console.capture() as captured:
            console.print(view(found, time.time()))
        print("\n".join(line.rstrip() for line in captured.get().splitlines()))
        _warn(client)
        return
    if not watch:
        console.print(view(found, time.time()))
        _warn(client)
        return
    with Live(view(found, time.time()), console=console, screen=False, auto_refresh=False) as live:
        while True:
            time.sleep(_EVERY)
            live.update(_view_or_error(client, app), refresh=True)


def _warn(client: Client) -> None:
    """What the controller says about itself, not about an application."""
    from bluegreen.core.errors import BluegreenError
    from bluegreen.core.output import printable

    with suppress(BluegreenError):
        for warning in client.controller().get("warnings", []):
            print(f"! controller: {printable(warning)}")


def _view_or_error(client: Client, app: str | None) -> Any:
    """While watching, a controller that restarts is a line on the screen and not the end."""
    from bluegreen.cli.status_view import view
    from bluegreen.client import AnswerLost, NoController

    try:
        return view(_found(client, app), time.time())
    except (NoController, AnswerLost) as error:
        return f"unknown: {error}"
