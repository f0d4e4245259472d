"""`bluegreen events`: the history as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from bluegreen.cli.figures import moment
from bluegreen.cli.options import DEFAULT_HOME, App, Home, Json, app_of, client_of
from bluegreen.cli.output import print_json
from bluegreen.cli.wording import sentence
from bluegreen.core.output import printable

_Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")]
_After = Annotated[int, typer.Option(metavar="SEQ", min=0, help="Only what comes behind this number.")]
_PAGE = 500


def events(
    follow: _Follow = False, after: _After = 0, app: App = None, json: Json = False, home: Home = DEFAULT_HOME
) -> None:
    """Everything that happened to an application, oldest first, with who caused it and why.

    With --json, one object a line.
    """
    from bluegreen.cli.follow import entries

    client = client_of(home)
    name = app_of(client, app)
    try:
        while found := client.events(name, after=after, limit=_PAGE):
            for entry in found:
                _print(entry, json)
            after = found[-1]["seq"]
        if follow:
            for one in entries(client, name, after):
                _print(one, json)
    except KeyboardInterrupt:
        return


def _print(entry: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(entry, line=True)
        return
    said, reason = sentence(entry["event"]), printable(entry["reason"])
    because = f"  ({reason.splitlines()[0]})" if reason and reason not in said else ""
    print(f"{entry['seq']:>5}  {moment(entry['at'])}  {entry['actor']}  {said}{because}", flush=True)
