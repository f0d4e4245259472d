"""`bluegreen logs`: what instances write."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from bluegreen.cli.options import DEFAULT_HOME, App, Home, app_of, client_of
from bluegreen.core.errors import InvalidInput, NotFound
from bluegreen.core.output import printable


class Place(StrEnum):
    BLUE = "blue"
    GREEN = "green"


_Component = Annotated[str | None, typer.Argument(metavar="[COMPONENT]", help="Which one [all of that environment].")]
_Color = Annotated[Place | None, typer.Option(help="Environment [the live one].", show_default=False)]
_Shared = Annotated[bool, typer.Option("--shared", help="Of shared components.")]
_Lines = Annotated[int, typer.Option("-n", "--lines", metavar="N", min=0, max=100_000, help="How many of the last.")]
_Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with new ones, until Ctrl-C.")]


def logs(
    component: _Component = None,
    color: _Color = None,
    shared: _Shared = False,
    lines: _Lines = 100,
    follow: _Follow = False,
    app: App = None,
    home: Home = DEFAULT_HOME,
) -> None:
    """What the instances of a component wrote, each line with its instance. Lines are printed as they were written."""
    if shared and color:
        raise InvalidInput("--shared and --color exclude each other.", why="A shared component serves both colours.")
    client = client_of(home)
    name = app_of(client, app)
    place = "shared" if shared else color.value if color else _place(client.status(name), component)
    try:
        for line in client.logs(name, component=component or "", place=place, lines=lines, follow=follow):
            print(printable(line), flush=follow)
    except KeyboardInterrupt:
        return


def _place(status: dict[str, Any], component: str | None) -> str:
    """Where to look when nobody says: a shared component where it is, else the live environment, else one that runs."""
    if component in status["shared"]:
        return "shared"
    if status["live"]:
        return str(status["live"])
    running = [color for color, env in status["environments"].items() if env["release"]]
    if not running:
        raise NotFound(f"Nothing of {status['app']} runs.", cure="`bluegreen deploy` starts it.")
    return str(running[0])
