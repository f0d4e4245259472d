"""What one authoritative server tells of an application: where its name leads, and the record that says why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bluegreen.core.model import Color, Route
from bluegreen.core.router_specs import Dns

_FIRST = "bluegreen"


@dataclass(frozen=True)
class Told:
    """The answers of one server."""

    marker: str | None
    """The TXT record beside the name, as it is; None: there is none."""
    addresses: frozenset[str]
    ttl: int
    """Seconds that resolvers may keep the addresses; 0 without any."""

    @property
    def route(self) -> Route | None:
        """The route that was written down with the addresses, in one update."""
        return read_marker(self.marker)[0]

    @property
    def left_ttl(self) -> int:
        """The largest TTL that was seen of the record before, in seconds."""
        return read_marker(self.marker)[1]

    def observed(self, spec: Dns) -> Route | None:
        """The route that users get: where the addresses lead, whatever was written down beside them."""
        route = self.route
        if route is None or self.addresses == addresses_of(spec, route):
            return route
        leads = {color: 100 for color in Color if self.addresses == frozenset(spec.addresses(color))}
        return Route(route.epoch, leads)


@dataclass(frozen=True)
class Spread:
    """What every authoritative server tells at one moment."""

    told: Mapping[str, Told]
    """By server."""
    silent: Mapping[str, str]
    """Why, by server."""

    def lagging(self, spec: Dns, route: Route) -> list[str]:
        """The servers that answer something older than this route."""
        wanted = addresses_of(spec, route)
        return [name for name, told in self.told.items() if told.addresses != wanted or _epoch(told) < route.epoch]

    def in_force(self, spec: Dns) -> Told | None:
        """What the primary tells; while it does not answer, what the server tells that has the newest route."""
        newest = max(self.told.values(), key=_epoch, default=None)
        return self.told.get(spec.servers[0], newest)

    @property
    def largest_ttl(self) -> int:
        """Of the addresses, over all servers that answer."""
        return max((told.ttl for told in self.told.values()), default=0)


def addresses_of(spec: Dns, route: Route) -> frozenset[str]:
    """The addresses that the name has under this route."""
    return frozenset(address for color, share in route.shares.items() if share > 0 for address in spec.addresses(color))


def marker_text(route: Route, left_ttl: int) -> str:
    """The TXT record for a route: ``bluegreen epoch=5 green=100 left=86400``."""
    shares = (f"{color}={share}" for color, share in sorted(route.shares.items()) if share > 0)
    return " ".join((_FIRST, f"epoch={route.epoch}", *shares, f"left={left_ttl}"))


def read_marker(text: str | None) -> tuple[Route | None, int]:
    """The route and the TTL of the record before it; None and 0 when it is not ours."""
    first, *words = (text or "").split()[:8] or [""]
    if first != _FIRST:
        return None, 0
    try:
        values = {name: int(value) for name, _, value in (word.partition("=") for word in words)}
        shares = {color: values[color] for color in Color if color in values}
        return Route(values["epoch"], shares), values.get("left", 0)
    except (ValueError, KeyError):
        return None, 0


def named(servers: Iterable[str]) -> str:
    """Servers in a sentence."""
    return ", ".join(sorted(servers))


def _epoch(told: Told) -> int:
    return told.route.epoch if told.route else -1
