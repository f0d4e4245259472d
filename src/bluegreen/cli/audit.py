"""`bluegreen audit`: who asked for what, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any

import typer

from bluegreen.cli.figures import moment
from bluegreen.cli.options import DEFAULT_HOME, Home, Json, client_of
from bluegreen.cli.output import print_json
from bluegreen.core.output import printable

_App = Annotated[str | None, typer.Option("--app", metavar="NAME", help="Only what concerned this application.")]
_Who = Annotated[str | None, typer.Option(metavar="NAME", help="Only what this one asked for.")]
_Refused = Annotated[bool, typer.Option("--refused", help="Only what was refused.")]
_Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="How many lines, the newest first.")]
_PAGE = 500


def audit(
    app: _App = None,
    who: _Who = None,
    refused: _Refused = False,
    limit: _Limit = 50,
    json: Json = False,
    home: Home = DEFAULT_HOME,
) -> None:
    """Every write that was asked for, and every login that was refused: by whom, from where, and what became of it.

    Refusals that are alike within a minute share a line. What was sent along is never kept. With --json, one object a
    line.
    """
    filters = {"app": app, "who": who, "outcome": "refused" if refused else None, "limit": min(limit, _PAGE)}
    given = {name: value for name, value in filters.items() if value is not None}
    for line in islice(client_of(home).audit(**given), limit):
        if json:
            print_json(line, line=True)
        else:
            print(printable(_sentence(line)))


def _sentence(line: Mapping[str, Any]) -> str:
    who = line["who"] or "nobody known"
    how = f"{line['via']} {line['credential'] or ''}".strip() if line["via"] else ""
    place = line["from"] if how in ("", line["from"]) else f"{line['from']}, {how}"
    what = f"{line['method']} {line['path']}"
    end = "accepted" if line["outcome"] == "accepted" else f"refused ({line['status']})"
    end += f": {line['why']}" if line["why"] else ""
    again = f"  ({line['count']} times until {moment(line['last'])})" if line["count"] > 1 else ""
    return f"{moment(line['at'])}  {who} ({place})  {what}  {end}{again}"
