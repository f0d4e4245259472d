"""What stands in the map: the route of each application, and which run is behind each backend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bluegreen.core.model import Color, Route


@dataclass(frozen=True)
class Counts:
    """Counters of one backend, as HAProxy has them."""

    requests: int = 0
    failed: int = 0
    answered: int = 0

    def since(self, before: Counts) -> Counts:
        """What was counted since then; all of it when the counters have begun anew."""
        grown = Counts(self.requests - before.requests, self.failed - before.failed, self.answered - before.answered)
        return grown if min(grown.requests, grown.failed, grown.answered) >= 0 else self


@dataclass(frozen=True)
class Run:
    """Which run of an environment is behind a backend, and what the backend had counted when it came."""

    name: str
    """As `routers.base.Backend.name`."""
    before: Counts = Counts()
    process: str = ""
    """The pid of the HAProxy that had counted it: another one counts from nothing."""

    @property
    def value(self) -> str:
        """Its entry in the map, without blanks: the runtime API takes none."""
        before = self.before
        return f"{self.name},{before.requests},{before.failed},{before.answered},{self.process}"


def route_value(route: Route) -> str:
    """The value of an application's entry: epoch, and the shares of blue and green in per cent, ``7/95/5``.

    One entry, so that the route and its epoch change in one step.
    """
    return f"{route.epoch}/{route.share(Color.BLUE)}/{route.share(Color.GREEN)}"


def read_route(value: str | None) -> Route | None:
    """The route that a value tells; None when it tells none."""
    parts = (value or "").split("/")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return None
    epoch, blue, green = map(int, parts)
    shares = {Color.BLUE: blue, Color.GREEN: green}
    return Route(epoch, {color: share for color, share in shares.items() if share})


def read_run(value: str | None) -> Run | None:
    """The run that a value tells; None when it tells none."""
    name, *rest = (value or "").split(",")
    if len(rest) != 4 or name.count("/") != 3 or not all(part.isdigit() for part in rest[:3]):
        return None
    requests, failed, answered = map(int, rest[:3])
    return Run(name, Counts(requests, failed, answered), rest[3])


def read_map(answer: str) -> Mapping[str, str]:
    """The entries that ``show map`` tells: lines of an address, a key and a value."""
    lines = (line.split(None, 2) for line in answer.splitlines())
    return {parts[1]: parts[2] for parts in lines if len(parts) == 3}
