"""`bluegreen forecast`: what a watch can find, before there is anything to find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bluegreen.cli.figures import percent, quantity, span
from bluegreen.cli.notes import one_line
from bluegreen.cli.options import DEFAULT_HOME, App, Home, Json, app_of, client_of
from bluegreen.cli.output import print_json


def forecast(app: App = None, json: Json = False, home: Home = DEFAULT_HOME) -> None:
    """Which error rate the next release's watch would find, and how soon, at the traffic of the last hour."""
    client = client_of(home)
    name = app_of(client, app)
    found = client.forecast(name)
    if json:
        print_json(found)
    else:
        print("\n".join(in_words(found)))


def in_words(found: Mapping[str, Any]) -> Iterator[str]:
    """The sentence, and the figures that it is made of."""
    yield f"{found['app']}: {one_line(found['sentence'], 400)}"
    live = f" by {found['release']}" if found["release"] else ""
    if found["requests_per_second"] is None:  # the sentence says why
        return
    traffic = quantity(found["requests_per_second"], "")
    yield f"  traffic     {traffic} requests a second{live}, over {span(found['seconds'])}"
    limit = f", {quantity(found['limit'], 'share')} is tolerated" if found["limit"] is not None else ""
    yield f"  errors      {quantity(found['error_rate'], 'share')}{limit}"
    yield f"  watched     {span(found['duration'])}"
    for find in found["finds"]:
        soon = find["seconds"]
        said = f"found in about {span(soon)}" if soon is not None else "not found in that time"
        yield f"  {percent(find['error_rate']):<10}  {said}"
