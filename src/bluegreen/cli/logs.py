"""`bluegreen logs`: what instances write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import chain
from queue import Queue
from threading import Thread
from typing import Annotated, Any

import typer

from bluegreen.cli.options import DEFAULT_HOME, App, Home, app_of, client_of
from bluegreen.client import AnswerLost
from bluegreen.core.errors import InvalidInput, NotFound
from bluegreen.core.output import printable


class Place(StrEnum):
    BLUE = "blue"
    GREEN = "green"


_Component = Annotated[str | None, typer.Argument(metavar="[COMPONENT]", help="Which one [all of that environment].")]
_Color = Annotated[Place | None, typer.Option(help="Environment [the live one].", show_default=False)]
_Shared = Annotated[bool, typer.Option("--shared", help="Of shared components.")]
_Lines = Annotated[int, typer.Option("-n", "--lines", metavar="N", min=0, max=10_000, help="How many of the last.")]
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
    place = "shared" if shared else color.value if color else None
    sources = _sources(client.status(name), place, component)

    def source(place: str, component: str) -> Iterator[str]:
        return client.logs(name, component=component, place=place, lines=lines, follow=follow)

    found = [source(*each) for each in sources]
    try:
        for line in _together(found) if follow and len(found) > 1 else chain.from_iterable(found):
            print(printable(line), flush=follow)
    except KeyboardInterrupt:
        return


def _sources(status: Mapping[str, Any], place: str | None, component: str | None) -> list[tuple[str, str]]:
    """Place and component of each log that is meant."""
    if place is None:
        place = "shared" if component in status["shared"] else _running(status)
    if component is not None:
        return [(place, component)]
    if place == "shared":
        return [(place, name) for name in status["shared"]]
    return [(place, name) for name in dict.fromkeys(i["component"] for i in status["environments"][place]["instances"])]


def _running(status: Mapping[str, Any]) -> str:
    """The environment that is looked at when nobody says which: the live one, else one that runs."""
    if status["live"]:
        return str(status["live"])
    running = [color for color, env in status["environments"].items() if env["release"]]
    if not running:
        raise NotFound(f"Nothing of {status['app']} runs.", cure="Name an environment with --color.")
    return str(running[0])


def _together(sources: list[Iterator[str]]) -> Iterator[str]:
    """Lines of several endless sources as they come; a broken one breaks all."""
    lines: Queue[str | Exception] = Queue(maxsize=1000)

    def read(source: Iterator[str]) -> None:
        try:
            for line in source:
                lines.put(line)
            lines.put(AnswerLost("The controller went away.", cure="`bluegreen doctor` tells more."))
        except Exception as error:
            lines.put(error)

    for source in sources:
        Thread(target=read, args=(source,), daemon=True).start()
    while True:
        line = lines.get()
        if isinstance(line, Exception):
            raise line
        yield line
