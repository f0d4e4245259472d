"""`bluegreen approve` and `bluegreen abort`: for the deployment under way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bluegreen.cli.options import DEFAULT_HOME, App, Home, Json, app_of, client_of
from bluegreen.cli.output import print_notice
from bluegreen.core.errors import Refused

if TYPE_CHECKING:
    from bluegreen.client import Client

_Number = Annotated[
    int | None, typer.Argument(metavar="[N]", help="Number of the deployment [the one under way].", min=1)
]


def approve(number: _Number = None, app: App = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Let the deployment that waits for approval go on to the switch."""
    client = client_of(home)
    name = app_of(client, app)
    answer = client.approve(name, _under_way(client, name, number))
    print_notice(name, answer, f"{name}: deployment {answer['deployment']} approved", as_json=json)


def abort(number: _Number = None, app: App = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """End the deployment under way; one that has begun to switch is rolled back."""
    client = client_of(home)
    name = app_of(client, app)
    answer = client.abort(name, _under_way(client, name, number))
    print_notice(name, answer, f"{name}: deployment {answer['deployment']} is being ended", as_json=json)


def _under_way(client: Client, name: str, number: int | None) -> int:
    if number is not None:
        return number
    deployment = client.status(name)["deployment"]
    if deployment is None:
        raise Refused(f"No deployment of {name} is under way.", cure="`bluegreen history` shows the ended ones.")
    return int(deployment["number"])
