"""Until when an environment that users have left must still answer: no answer can be called back from a cache."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import structlog

from bluegreen.core.model import Color, Route
from bluegreen.core.router_specs import Dns
from bluegreen.routers.dns.told import Spread, Told, named
from bluegreen.system.atomic import replace_file

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Leaving:
    """An environment whose addresses were given out until lately."""

    ttl: int
    """The largest TTL with which they were seen, in seconds."""
    since: float | None = None
    """When every server was first seen to answer anew, in seconds since 1970; None: not yet."""


class Leavers:
    """The environments of one application that users are leaving, over restarts."""

    def __init__(self, spec: Dns, file: Path, told: Told) -> None:
        self._spec = spec
        self._file = file
        self._leaving = self._load(told)
        self._behind = ""
        """Who does not answer anew yet, in words."""

    @property
    def unsettled(self) -> bool:
        """Whether it was not yet seen that every server answers anew."""
        return any(leaving.since is None for leaving in self._leaving.values())

    def leave(self, told: Told, route: Route, ttl: int) -> None:
        """Users are about to be called away to this route; ``ttl`` is the largest that any server gives out now."""
        taking = {color for color, share in route.shares.items() if share > 0}
        for color in Color:
            if color in taking:
                self._leaving.pop(color, None)
            elif told.addresses & set(self._spec.addresses(color)):
                self._leaving[color] = Leaving(ttl)
        self._save()

    def saw(self, route: Route | None, spread: Spread, now: float) -> None:
        """What every server tells at this moment, under the route in force."""
        late = spread.lagging(self._spec, route) if route is not None else []
        parts = [f"{named(late)} still answers as before" if late else ""]
        parts += [f"it is not known what {named(spread.silent)} gives out" if spread.silent else ""]
        self._behind = " and ".join(part for part in parts if part)
        if not self._behind and self.unsettled:
            self._leaving = {color: _settled(leaving, now) for color, leaving in self._leaving.items()}
            self._save()

    def held(self, color: Color | None, now: float) -> tuple[float, str]:
        """Until when (seconds since 1970) users may come to an environment, and why; 0 and empty: not any more."""
        leaving = self._leaving.get(color) if color is not None else None
        if leaving is None:
            return 0.0, ""
        until = (now if leaving.since is None else leaving.since) + leaving.ttl
        if until <= now and leaving.since is not None:
            return 0.0, ""
        why = f"resolvers may keep its address for {leaving.ttl} s"
        if leaving.since is not None:
            return until, why
        behind = self._behind or "not every name server was seen to answer anew"
        return until, f"{behind}; {why} after that"

    def forget(self) -> None:
        """The application has gone."""
        self._leaving = {}
        self._file.unlink(missing_ok=True)

    def _load(self, told: Told) -> dict[Color, Leaving]:
        try:
            fields = json.loads(self._file.read_bytes())
            return {Color(color): Leaving(**each) for color, each in fields.items()}
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, AttributeError) as error:
            log.error("what users are leaving cannot be read", file=str(self._file), error=str(error))
        # It was lost: what the zone remembers is waited for once more.
        live = told.route.sole if told.route else None
        return {live.other: Leaving(told.left_ttl)} if live is not None and told.left_ttl else {}

    def _save(self) -> None:
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fields = {color.value: asdict(leaving) for color, leaving in self._leaving.items()}
            replace_file(self._file, json.dumps(fields).encode())
        except OSError as error:
            # After a restart they would be held longer than needed, never shorter.
            log.warning("what users are leaving cannot be written down", file=str(self._file), error=str(error))


def _settled(leaving: Leaving, now: float) -> Leaving:
    return leaving if leaving.since is not None else replace(leaving, since=now)
