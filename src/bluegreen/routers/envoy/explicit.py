"""Requests that name their environment themselves: the preview by its key, and pages that go on with their release.

They go through clusters of their own, so that what is counted of a backend is users' routed requests and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bluegreen.core.model import Color, Route
from bluegreen.routers.envoy.actions import answer, routes_below
from bluegreen.routers.envoy.clusters import EXPLICIT, cluster_at
from bluegreen.routers.envoy.part import Part

PREVIEW_HEADER = "x-bluegreen-preview"
RELEASE_HEADER = "x-bluegreen-release"
RELEASE_PARAMETER = "bluegreen_release"

NO_NAVIGATION = {
    "name": "sec-fetch-mode",
    "string_match": {"exact": "navigate"},
    "invert_match": True,
    "treat_missing_header_as_empty": True,
}
"""A switch must move everybody who opens a page."""


def explicit_routes(part: Part, prefix: str) -> list[dict[str, Any]]:
    """The routes below this prefix that come before what the route says.

    They have no ``stat_prefix``: the proof of a switch watches users' requests.
    """
    return [*_preview(part, prefix), *_pinned(part, prefix)]


def preview_routes(part: Part) -> list[dict[str, Any]]:
    """Those that work while nobody is served, too."""
    return [route for prefix in part.prefixes for route in _preview(part, prefix)]


def _preview(part: Part, prefix: str) -> Iterator[dict[str, Any]]:
    key, color = part.routing.preview_key, part.routing.preview
    if not key or color not in part.routing.paths or color is None:
        return
    match = {"headers": [{"name": PREVIEW_HEADER, "string_match": {"exact": key}}]}
    backend = part.backend_at(color, prefix)
    if backend is None:
        # What it does not receive is not answered by another release in its place.
        yield answer(404, "no component receives this path", prefix, match)
    else:
        yield from routes_below(prefix, {"cluster": backend + EXPLICIT}, _common(part), match)


def _pinned(part: Part, prefix: str) -> Iterator[dict[str, Any]]:
    for color, release in sorted(part.routing.pinned.items()):
        cluster = cluster_at(part, color, prefix, EXPLICIT)
        # Pages of the release that everybody is routed to name it all the time: those are users' routed requests.
        if cluster is None or _takes_all(part.route, color):
            continue
        for match in _naming(release):
            yield from routes_below(prefix, {"cluster": cluster}, _common(part), match)


def _naming(release: str) -> list[dict[str, Any]]:
    header = {"name": RELEASE_HEADER, "string_match": {"exact": release}}
    parameter = {"name": RELEASE_PARAMETER, "string_match": {"exact": release}}
    return [
        {"headers": [header, NO_NAVIGATION]},
        {"headers": [NO_NAVIGATION], "query_parameters": [parameter]},
    ]


def _takes_all(route: Route | None, color: Color) -> bool:
    return route is not None and route.sole is color


def _common(part: Part) -> dict[str, Any]:
    epoch = {"epoch": part.route.epoch} if part.route else {}
    return {"metadata": {"filter_metadata": {"bluegreen": {"app": part.app, **epoch}}}}
