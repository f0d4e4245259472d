"""Users stay with the release that they were assigned to, by a cookie, while the route is split.

A user assigned to the old release at step j, of share s_j, is assigned again at step k: to the new one with probability
(s_k - s_j) / (100 - s_j). Of all, s_j + (100 - s_j) (s_k - s_j) / (100 - s_j) = s_k per cent are then with the new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bluegreen.core.model import Color, Route
from bluegreen.routers.base import Sticky
from bluegreen.routers.envoy.actions import routes_below
from bluegreen.routers.envoy.part import Part


def sticky_routes(
    part: Part, route: Route, prefix: str, targets: Mapping[Color, str], common: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The routes below this prefix, where both environments take requests; none when users are not kept apart.

    ``targets`` holds the cluster of each environment.
    """
    sticky = part.routing.sticky
    if sticky is None or len(targets) < 2 or route.share(sticky.new) not in sticky.steps:
        return []
    name, new, old = f"bluegreen-{part.app}", sticky.new, sticky.new.other
    now = sticky.steps.index(route.share(new))
    split = _Split(part, sticky, targets, now)
    routes = routes_below(prefix, {"cluster": targets[new]}, common, _cookie(name, sticky.values[new]))
    for step, share in enumerate(sticky.steps):
        match = _cookie(name, _old(sticky, step))
        # A share that was taken back leaves everybody where they are.
        target = split.target(share) if step < now else {"cluster": targets[old]}
        routes += routes_below(prefix, target, common, match)
    return [*routes, *routes_below(prefix, split.target(0), common)]


class _Split:
    """The assignment of users at one step."""

    def __init__(self, part: Part, sticky: Sticky, targets: Mapping[Color, str], now: int) -> None:
        self._part = part
        self._sticky = sticky
        self._targets = targets
        self._now = now

    def target(self, share: int) -> dict[str, Any]:
        """Where those go of whom ``share`` per cent have been moved already."""
        new, grown = self._sticky.new, self._sticky.steps[self._now]
        weights = [
            self._weight(new, grown - share, self._sticky.values[new]),
            self._weight(new.other, 100 - grown, _old(self._sticky, self._now)),
        ]
        return {"weighted_clusters": {"clusters": [weight for weight in weights if weight["weight"]]}}

    def _weight(self, color: Color, weight: int, value: str) -> dict[str, Any]:
        secure = "; Secure" if self._part.routing.tls else ""
        cookie = f"bluegreen-{self._part.app}={value}; Path=/; HttpOnly; SameSite=Lax{secure}"
        headers = [
            {"header": {"key": "set-cookie", "value": cookie}, "append_action": "APPEND_IF_EXISTS_OR_ADD"},
            {
                # Who else is given this answer would be given its cookie.
                "header": {"key": "cache-control", "value": "private, no-store"},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            },
        ]
        return {"name": self._targets[color], "weight": weight, "response_headers_to_add": headers}


def _old(sticky: Sticky, step: int) -> str:
    return f"{sticky.values[sticky.new.other]}.{step}"


def _cookie(name: str, value: str) -> dict[str, Any]:
    return {"cookies": [{"name": name, "string_match": {"exact": value}}]}
