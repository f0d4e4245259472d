"""One application's part of an nginx: what is prepared for it, and the files that bring it about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bluegreen.core.errors import PermanentError
from bluegreen.core.model import Route
from bluegreen.core.router_specs import Nginx
from bluegreen.routers.base import Backend, Routing
from bluegreen.routers.nginx.include import Facts, Include, facts_of_file, render


@dataclass(frozen=True)
class Part:
    """An application as it was last told. Never changed in place."""

    routing: Routing
    settings: Nginx
    folder: Path

    @property
    def app(self) -> str:
        return self.routing.app

    @property
    def file(self) -> Path:
        """What nginx includes."""
        return self.folder / f"{self.app}.conf"

    @property
    def backends(self) -> Mapping[str, Backend]:
        return {backend.name: backend for backend in self.routing.backends}

    def fallback(self, epoch: int) -> Path:
        """The same file as it would be after a rollback. Its name must not end as the others: it is not included."""
        return self.folder / f"{self.app}.conf.fallback-{epoch}"

    def content(self, route: Route | None) -> Include:
        """The file for this route."""
        return render(self.app, self.routing, route, self.settings.status)

    def laid(self) -> Facts | None:
        """What the file that nginx includes tells now; None when there is none of ours."""
        try:
            return facts_of_file(self.file.read_bytes())
        except OSError:
            return None

    def nobody(self) -> Include:
        """The file when nobody is served any more."""
        return render(self.app, None, None, self.settings.status)

    def routed(self, route: Route) -> list[Backend]:
        """The backends that this route sends users to."""
        taking = (self.routing.paths[c].prefixes for c, share in route.shares.items() if share > 0)
        return [self.backends[name] for name in sorted({name for prefixes in taking for name in prefixes.values()})]

    def reached(self) -> list[Backend]:
        """The backends that some route could send users to."""
        named = {name for paths in self.routing.paths.values() for name in paths.prefixes.values()}
        return [self.backends[name] for name in sorted(named)]

    def refuse_http2(self) -> None:
        """Raises PermanentError when an instance speaks what nginx does not speak to instances."""
        for backend in self.reached():
            if backend.protocol != "http1":
                raise PermanentError(
                    f"{self.app}: {backend.name} speaks HTTP/2, which nginx does not speak to instances",
                    why="`proxy_pass` speaks HTTP/1.1",
                    cure="remove `protocol: http2` from the component, or `router: nginx` from the file",
                )
