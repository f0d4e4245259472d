"""`bluegreen freeze` and `bluegreen unfreeze`: a time without deployments."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from bluegreen.cli.options import DEFAULT_HOME, App, Home, Json, app_of, client_of
from bluegreen.cli.output import print_notice

_Why = Annotated[str, typer.Argument(metavar="WHY", help="Who is refused reads it.")]
_From = Annotated[str | None, typer.Option("--from", metavar="TIME", help="When it begins [now].", show_default=False)]
_Until = Annotated[
    str | None, typer.Option(metavar="TIME", help="When it is over [until `bluegreen unfreeze`].", show_default=False)
]


def freeze(
    why: _Why, start: _From = None, until: _Until = None, app: App = None, json: Json = False, home: Home = DEFAULT_HOME
) -> None:
    """Let no deployment move users for a time. Rollbacks work all the same.

    TIME is `18:00`, `2026-12-24`, `2026-12-24 18:00`, or `2h` from now, on this machine's clock. It takes the place of
    a freeze before, and adds to the `windows` of bluegreen.yaml. An admin may deploy all the same, with
    `bluegreen deploy --override-freeze WHY`.
    """
    from bluegreen.cli.moments import moment_of

    now = datetime.now().astimezone()
    begins, ends = (moment_of(text, now) if text else None for text in (start, until))
    client = client_of(home)
    name = app_of(client, app)
    answer = client.freeze(
        name, why, start=begins.isoformat() if begins else None, until=ends.isoformat() if ends else None
    )
    print_notice(name, answer, f"{name} is frozen {_span(begins, ends)}: {why}", as_json=json)


def unfreeze(app: App = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Lift the freeze; the `windows` of bluegreen.yaml are as before."""
    client = client_of(home)
    name = app_of(client, app)
    answer = client.unfreeze(name)
    print_notice(name, answer, f"{name} is no longer frozen", as_json=json)


def _span(begins: datetime | None, ends: datetime | None) -> str:
    start = f"from {begins:%Y-%m-%d %H:%M}" if begins else "from now on"
    return f"{start} until {ends:%Y-%m-%d %H:%M}" if ends else f"{start}, until that is lifted"
