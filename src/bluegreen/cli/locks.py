"""`bluegreen lock` and `bluegreen unlock`."""

from __future__ import annotations

from typing import Annotated

import typer

from bluegreen.cli.options import DEFAULT_HOME, App, Home, Json, app_of, client_of
from bluegreen.cli.output import print_notice

_Why = Annotated[str, typer.Argument(metavar="WHY", help="Who is refused reads it.")]


def lock(why: _Why, app: App = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Let no deployment start. Rollbacks work in spite of a lock."""
    client = client_of(home)
    name = app_of(client, app)
    answer = client.lock(name, why)
    print_notice(name, answer, f"{name} is locked: {why}", as_json=json)


def unlock(app: App = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Let deployments start again."""
    client = client_of(home)
    name = app_of(client, app)
    answer = client.unlock(name)
    print_notice(name, answer, f"{name} is open for deployments", as_json=json)
