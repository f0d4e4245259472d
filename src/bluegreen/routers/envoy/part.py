"""One application's part of the data plane: what is prepared for it, and where its users go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bluegreen.core.errors import PermanentError
from bluegreen.core.model import Color, Route
from bluegreen.routers.base import Backend, Routing


@dataclass(frozen=True)
class Part:
    """An application as the router last made it true. Never changed in place."""

    routing: Routing
    route: Route | None = None

    @property
    def app(self) -> str:
        return self.routing.app

    @property
    def address(self) -> str:
        """Where users come in. Raises PermanentError when they do not come through this router."""
        if self.routing.address is None:
            raise PermanentError(
                f"{self.app}: its users do not come through Envoy",
                why="another router has its address",
                cure="this is a fault of bluegreen: please report it",
            )
        return self.routing.address

    @property
    def backends(self) -> Mapping[str, Backend]:
        return {backend.name: backend for backend in self.routing.backends}

    @property
    def prefixes(self) -> list[str]:
        """Every path prefix that some environment takes, the longest first."""
        prefixes = {prefix for paths in self.routing.paths.values() for prefix in paths.prefixes}
        return sorted(prefixes, key=lambda prefix: (-len(prefix), prefix))

    @property
    def sampled(self) -> list[str]:
        """The path prefixes of ``prefixes``, and further ones, below which answers are sampled."""
        if self.routing.sampled <= 0:
            return []
        paths = self.routing.sampled_paths
        below = {prefix for prefix in self.prefixes if any(_covers(path, prefix) for path in paths)}
        return sorted(below | {path for path in paths if any(_covers(prefix, path) for prefix in self.prefixes)})

    def backend_at(self, color: Color, prefix: str) -> str | None:
        """The backend of this environment that takes what lies below ``prefix``: its longest prefix of that."""
        paths = self.routing.paths.get(color)
        matching = [p for p in paths.prefixes if _covers(p, prefix)] if paths else []
        return paths.prefixes[max(matching, key=len)] if paths and matching else None

    def routed(self, route: Route) -> set[str]:
        """Names of the backends that this route sends users to."""
        return {
            name
            for color, share in route.shares.items()
            if share > 0 and color in self.routing.paths
            for name in self.routing.paths[color].prefixes.values()
        }

    def reached(self) -> set[str]:
        """Names of the backends that some listener or route could send a request to."""
        names = {name for paths in self.routing.paths.values() for name in paths.prefixes.values()}
        names |= {internal.backend for internal in self.routing.internals if internal.backend is not None}
        return names


def _covers(prefix: str, other: str) -> bool:
    return prefix == "/" or other == prefix or other.startswith(prefix + "/")
