"""`bluegreen approve` and `bluegreen abort`: for the deployment under way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from bluegreen.cli.options import DEFAULT_HOME, App, Home, Json, app_of, client_of
from bluegreen.cli.output import print_notice
from bluegreen.core.errors import Refused

Object = Mapping[str, Any]

_Number = Annotated[
    int | None, typer.Argument(metavar="[N]", help="Number of the deployment [the one under way].", min=1)
]


_Override = Annotated[
    str | None, typer.Option("--override-freeze", metavar="WHY", help="Although deployments are frozen; for admins.")
]


def approve(
    number: _Number = None, override: _Override = None, app: App = None, json: Json = False, home: Home = DEFAULT_HOME
) -> None:
    """Let the deployment that waits for a person go on: to the switch, or on from a watch that could not tell.

    Where the file says `approve_by: another person`, who has deployed it is refused.
    """
    client = client_of(home)
    name = app_of(client, app)
    status = client.status(name)
    answer = client.approve(name, _under_way(name, status, number), override=override)
    print_notice(name, answer, f"{name}: deployment {answer['deployment']} {_approved(status)}", as_json=json)


def abort(number: _Number = None, app: App = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """End the deployment under way; one that has begun to switch is rolled back."""
    client = client_of(home)
    name = app_of(client, app)
    answer = client.abort(name, _under_way(name, client.status(name), number))
    print_notice(name, answer, f"{name}: deployment {answer['deployment']} is being ended", as_json=json)


def _approved(status: Object) -> str:
    """What the approval leads to; the status is from before it."""
    watch, deployment = status.get("watch"), status["deployment"]
    if deployment is None or not (watch and watch["held"]):
        return "approved"
    later = deployment["steps"][deployment["step"] :]
    where = f"goes on to {later[0]} %" if later else f"ends with {deployment['release']} live"
    return f"approved: it {where}, without a verdict of its guards"


def _under_way(name: str, status: Object, number: int | None) -> int:
    if number is not None:
        return number
    deployment = status["deployment"]
    if deployment is None:
        raise Refused(f"No deployment of {name} is under way.", cure="`bluegreen history` shows the ended ones.")
    return int(deployment["number"])
