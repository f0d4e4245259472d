"""`bluegreen down` and `bluegreen stop`: an application, or the controller."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from bluegreen.cli.options import DEFAULT_HOME, Home, Json, app_of, client_of
from bluegreen.cli.output import print_json
from bluegreen.core.errors import InvalidInput, TemporaryError

if TYPE_CHECKING:
    from bluegreen.client import Client

_App = Annotated[
    str | None, typer.Argument(metavar="[APP]", help="Application [that of this folder, or the only one].")
]
_Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
_All = Annotated[bool, typer.Option("--all", help="Also stop every application and the proxy.")]
_STOPPED_WITHIN = 600.0


def down(app: _App = None, yes: _Yes = False, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Stop an application: its address no longer answers, and everything of it is ended.

    Its releases and its history stay; the next deployment brings it up again.
    """
    client = client_of(home)
    name = app_of(client, app)
    client.status(name)  # a wrong name is told before anything is asked
    _confirm(f"Stop {name}? Its users get no answers any more", yes)
    answer = client.down(name)
    if not _is_down(client, name):
        _follow_down(client, name, int(answer["after"]))
    if json:
        print_json({"app": name, "down": True, "notice": answer.get("notice") or ""})
    else:
        print(answer.get("notice") or f"{name} is down")


def _is_down(client: Client, name: str) -> bool:
    return bool(client.status(name)["down"])


def _follow_down(client: Client, name: str, after: int) -> None:
    from bluegreen.cli.follow import entries

    for entry in entries(client, name, after):
        if entry["event"]["kind"] == "went down":
            return


def stop(everything: _All = False, yes: _Yes = False, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Stop the controller. Applications and the proxy go on serving, unless --all is given."""
    client = client_of(home)
    running = client.controller()
    if everything:
        names = ", ".join(running["apps"]) or "no application"
        _confirm(f"Stop the proxy and everything that it serves ({names})? Users get no answers any more", yes)
    client.stop(everything=everything)
    wait_stopped(client)
    if json:
        print_json({"stopped": True, "all": everything, "pid": running["pid"]})
    elif everything:
        print(f"the controller (pid {running['pid']}), its applications and the proxy are stopped")
    else:
        print(f"the controller (pid {running['pid']}) is stopped; applications go on serving")


def _confirm(question: str, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise InvalidInput("This must be confirmed.", why="There is no terminal to ask at.", cure="Add --yes.")
    if not typer.confirm(question + "."):
        raise InvalidInput("Nothing was stopped.")


def wait_stopped(client: Client) -> None:
    """Return when no controller answers any longer. Raises TemporaryError when that takes too long."""
    deadline = time.monotonic() + _STOPPED_WITHIN
    while client.running():
        if time.monotonic() > deadline:
            raise TemporaryError(
                "The controller still runs.",
                why=f"It was asked to stop {_STOPPED_WITHIN:.0f} s ago.",
                cure=f"See {client.home / 'controller.log'}.",
            )
        time.sleep(0.05)
