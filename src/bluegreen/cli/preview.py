"""`bluegreen preview`: how to look at the release that users do not get yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bluegreen.cli.options import DEFAULT_HOME, App, Home, Json, app_of, client_of
from bluegreen.cli.output import print_json


def preview(app: App = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """What is in the idle environment, and two ways to it: its own address, and a header at the users' address.

    The header's value is a secret: who has it sees releases before they are live.
    """
    client = client_of(home)
    found = client.preview(app_of(client, app))
    if json:
        print_json(found)
        return
    for line in _lines(found):
        print(line)


def _lines(found: Mapping[str, Any]) -> Iterator[str]:
    name, header = found["app"], found["header"]
    yield f"{name}: {_there(found)}"
    if found["address"] is None:
        return
    yield ""
    yield "in a browser, on this machine:"
    yield f"  {found['url']}"
    if found["public_url"] is None:
        return
    yield "at the users' address, with a header that is a secret:"
    yield f"  {header['name']}: {header['value']}"
    yield f"  curl -H '{header['name']}: {header['value']}' {found['public_url']}/"


def _there(found: Mapping[str, Any]) -> str:
    """What would be seen now."""
    release, color, state = found["release"], found["color"], found["state"]
    if found["address"] is None:
        return "nothing runs, so there is nothing to preview: `bluegreen deploy` brings a release live"
    if release is None:
        return f"nothing is in the idle environment: {color} is {state}. The next deployment fills it"
    if found["share"]:
        return f"nothing is idle: {release} in {color} gets {found['share']} % of the users"
    if found["ready"]:
        return f"{release} in {color} can be looked at ({state}); users get none of it"
    if state in ("starting", "stopping"):
        return f"nothing can be looked at now: {release} in {color} is {state}"
    return f"{release} in {color} does not answer: `bluegreen logs --color {color}` has what it wrote"
