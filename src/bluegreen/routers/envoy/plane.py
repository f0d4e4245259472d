"""The data plane as a whole: everything that Envoy is told, in the order in which no request can fail."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import Iterable, Mapping

from bluegreen.core.errors import TemporaryError
from bluegreen.routers.base import Backend
from bluegreen.routers.envoy import clusters, listeners, routes
from bluegreen.routers.envoy.admin import Admin
from bluegreen.routers.envoy.certificates import Certificates
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.part import Part
from bluegreen.routers.envoy.ports import is_free
from bluegreen.routers.envoy.publisher import POLL, WITHIN, Publisher, Subscription, refusals, routes_subscription
from bluegreen.routers.envoy.routes import INSIDE
from bluegreen.routers.envoy.sights import Sights
from bluegreen.routers.envoy.snapshot import Snapshot, read_file, snapshot, write
from bluegreen.routers.reach import unreachable

Parts = Mapping[str, Part]
WARMING = r"^(cluster_manager\.warming_clusters|listener_manager\.total_listeners_warming)$"


class Plane:
    """Renders parts into files and sees to it that Envoy has them."""

    def __init__(self, layout: Layout, admin: Admin) -> None:
        self.layout = layout
        self.admin = admin
        self.publisher = Publisher(admin, layout.log)
        self.certificates = Certificates(layout)
        self._sights = Sights()
        self._clusters = Subscription(layout.clusters, r"cluster_manager\.cds")
        self._listeners = Subscription(layout.listeners, r"listener_manager\.lds")

    def keep_secret(self, parts: Parts) -> None:
        """See to it that no secret of these shows in anything that Envoy says."""
        self.publisher.secrets |= {part.routing.preview_key for part in parts.values() if part.routing.preview_key}

    async def extend(self, current: Parts, wanted: Parts) -> None:
        """Make true what is wanted; only clusters that nothing leads to any more stay: `trim` takes them out.

        Clusters come before the routes that name them and go after them; a listener comes after its routes.

        Raises:
            Rejected: Envoy refused it, some of it may be in force: extend to the last good state again.
            TemporaryError: Envoy does not answer or needs too long, or a file cannot be written.
        """
        self.keep_secret(wanted)
        await self._publish_clusters([*current.values(), *wanted.values()])
        await self._wait_warm()
        await self._publish_certificates(wanted)
        await self._publish_routes(_addresses(wanted), wanted)
        await self.publisher.publish(self._listeners, snapshot(listeners.render(self.layout, wanted.values())))
        # A listener that was just added has subscribed to its routes only now. Of one that was removed the file stays:
        # Envoy still watches it, and another listener at that address would never see a new folder.
        await self._publish_routes(sorted({*_addresses(current), *_addresses(wanted)}), wanted)
        await self._publish_certificates(wanted)
        await self._wait_warm()

    async def trim(self, parts: Parts) -> None:
        """Take out the clusters that are no longer named. Raises as `extend`."""
        await self._publish_clusters(parts.values())

    def write_all(self, parts: Parts) -> None:
        """Write every file for an Envoy that is not running; what is right already is left alone, so that it also
        starts with the disk full. Raises TemporaryError when one cannot be written."""
        files = {self.layout.clusters: snapshot(clusters.render(parts.values()))}
        files |= {self.layout.certificate(app): self.certificates.content(app) for app in _encrypted(parts)}
        files |= {self.layout.routes(address): public_routes(address, parts) for address in _addresses(parts)}
        files[self.layout.routes(INSIDE)] = snapshot([routes.inside(parts.values())])
        files[self.layout.listeners] = snapshot(listeners.render(self.layout, parts.values()))
        for file, content in files.items():
            if read_file(file) != content.data:
                write(file, content)
        for folder in self.layout.routes(INSIDE).parent.parent.iterdir():
            if not any(file.parent == folder for file in files):
                shutil.rmtree(folder, ignore_errors=True)

    async def wait_healthy(self, backends: Iterable[Backend]) -> None:
        """Return when each of these has a member that takes requests. Raises TemporaryError when one has none."""
        deadline = time.monotonic() + WITHIN
        wanted = list(backends)
        while ill := await self.dead(wanted):
            if time.monotonic() > deadline:
                raise TemporaryError(
                    f"no instance of {', '.join(ill)} can be reached",
                    why="connections to every one of them fail",
                    cure="look at the instances' logs",
                    retry_after=1.0,
                )
            await asyncio.sleep(0.05)

    async def wait_closed(self, addresses: Iterable[str]) -> None:
        """Return when nobody listens on these any more; a moment after Envoy took a listener out its sockets go."""
        deadline = time.monotonic() + WITHIN
        waiting = set(addresses)
        while time.monotonic() < deadline:
            if all(map(is_free, waiting)):
                return
            await asyncio.sleep(POLL)

    async def dead(self, backends: Iterable[Backend]) -> list[str]:
        """Names of those of which no member would answer. Raises TemporaryError when Envoy does not answer."""
        wanted = list(backends)
        names = [backend.name for backend in wanted]
        refusing, healthy = await asyncio.gather(unreachable(wanted), self.healthy(names))
        return sorted({*refusing, *(name for name, count in healthy.items() if not count)})

    async def look(self, backends: Iterable[Backend], subscription: Subscription) -> tuple[list[str], int]:
        """As `dead`, and how many updates of the subscription were refused: in one question to Envoy."""
        wanted = list(backends)
        names = [backend.name for backend in wanted]
        pattern = f"{_healthy_pattern(names)}|{subscription.pattern}"
        refusing, found = await asyncio.gather(unreachable(wanted), self.admin.stats(pattern))
        dead = {*refusing, *(name for name in names if not int(found.get(healthy_stat(name), 0)))}
        refused = refusals(subscription, found)
        self._sights.note(set(names) - dead, dead, subscription.file, refused)
        return sorted(dead), refused

    async def look_quickly(self, backends: Iterable[Backend], subscription: Subscription) -> tuple[list[str], int]:
        """As `look`, but what Envoy said a moment ago is trusted; whether somebody listens is tried all the same."""
        wanted = list(backends)
        refused = self._sights.refused(subscription.file)
        if refused is not None and all(self._sights.alive(backend.name) for backend in wanted):
            return sorted(await unreachable(wanted)), refused
        return await self.look(wanted, subscription)

    async def healthy(self, names: Iterable[str]) -> dict[str, int]:
        """How many healthy members each of these backends has. Raises TemporaryError without an answer."""
        wanted = list(names)
        found = await self.admin.stats(_healthy_pattern(wanted), "Gauges") if wanted else {}
        return {name: int(found.get(healthy_stat(name), 0)) for name in wanted}

    async def _publish_clusters(self, parts: Iterable[Part]) -> None:
        await self.publisher.publish(self._clusters, snapshot(clusters.render(parts)))

    async def _publish_certificates(self, parts: Parts) -> None:
        for app in _encrypted(parts):
            await self.publisher.publish(self.certificates.subscription(app), self.certificates.content(app))

    async def _publish_routes(self, addresses: Iterable[str], parts: Parts) -> None:
        for address in addresses:
            await self.publisher.publish(self.routes_subscription(address), public_routes(address, parts))
        await self.publisher.publish(self.routes_subscription(INSIDE), snapshot([routes.inside(parts.values())]))

    def routes_subscription(self, name: str) -> Subscription:
        """The subscription of one route configuration."""
        return routes_subscription(self.layout.routes(name), name)

    async def _wait_warm(self) -> None:
        deadline = time.monotonic() + WITHIN
        while any(int(count) for count in (await self.admin.stats(WARMING, "Gauges")).values()):
            if time.monotonic() > deadline:
                raise TemporaryError(
                    "Envoy is still warming up clusters or listeners",
                    why=f"after {WITHIN:g} s",
                    cure="it is tried again",
                )
            await asyncio.sleep(POLL)


def public_routes(address: str, parts: Parts) -> Snapshot:
    """The route file of a public address; its version tells every application's epoch there."""
    here = sorted((part for part in parts.values() if part.routing.address == address), key=lambda part: part.app)
    note = "".join(f"{part.app}:{part.route.epoch if part.route else '-'} " for part in here)
    return snapshot([routes.public(address, here)], note)


def healthy_stat(backend: str) -> str:
    """Name of the statistic that counts a backend's healthy members."""
    return f"cluster.{backend.replace(':', '_')}.membership_healthy"


def _healthy_pattern(names: Iterable[str]) -> str:
    return rf"^({'|'.join(re.escape(healthy_stat(name)) for name in names)})$"


def _addresses(parts: Parts) -> list[str]:
    return sorted({part.routing.address for part in parts.values() if part.routing.address is not None})


def _encrypted(parts: Parts) -> list[str]:
    return sorted(app for app, part in parts.items() if part.routing.tls)
