"""`bluegreen rollback`: one request, and the fewest imports of all commands."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from bluegreen.cli.options import DEFAULT_HOME, App, Home, Json, app_of, client_of
from bluegreen.cli.output import print_json

if TYPE_CHECKING:
    from bluegreen.client import Client
    from bluegreen.client import Json as Object

_To = Annotated[str | None, typer.Option("--to", metavar="rN", help="Any kept release, through the idle environment.")]


def rollback(app: App = None, to: _To = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Go back to the newest completed release other than the live one.

    It takes milliseconds while that release is warm, and works in spite of a lock. Pressed twice it changes nothing
    and says so. With --to, any kept release that had users comes back: started and checked in the idle environment
    first. Where the controller is gone, one is started in the background.
    """
    client = client_of(home)
    _start_controller_where_one_was(client)
    name = app_of(client, app)
    began = time.monotonic()
    answer = client.rollback(name, to)
    took = time.monotonic() - began
    if answer["deployment"] is not None and not answer["confirmed"]:
        raise typer.Exit(_follow(client, name, answer, json))
    if json:
        print_json({"app": name, **answer, "seconds": round(took, 4)})
    else:
        print(in_words(answer, took))


def _start_controller_where_one_was(client: Client) -> None:
    """Who has to go back must not first have to find out how to start a controller."""
    if not client.is_remote and not client.running() and (client.home / "journal.db").exists():
        from bluegreen.cli.background import ensure_running

        if ensure_running(client):
            print(f"started a controller in the background for {client.home}", file=sys.stderr)


def in_words(answer: Object, took: float) -> str:
    """What an instant rollback did, in one line; ``took`` is in seconds."""
    if answer["deployment"] is None:
        return str(answer["notice"])
    return f"back on {answer['release']} ({answer['live']}) in {took * 1000:.1f} ms, epoch {answer['epoch']}"


def _follow(client: Client, name: str, answer: Object, as_json: bool) -> int:
    """Not instant: it takes its time as any deployment, and is followed like one."""
    from bluegreen.cli.progress import follow_to_end

    return int(follow_to_end(client, name, {**answer, "release": answer["target"]}, as_json=as_json, going_back=True))
