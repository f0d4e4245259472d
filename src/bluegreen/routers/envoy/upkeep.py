"""What needs doing now and then while the router runs: renewed certificates, logs that grow, who is still there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import structlog

from bluegreen.core.errors import TemporaryError
from bluegreen.routers.envoy.part import Part
from bluegreen.routers.envoy.plane import Plane
from bluegreen.routers.envoy.publisher import Rejected
from bluegreen.routers.envoy.snapshot import read_file, read_snapshot

EVERY = 2.0
"""Seconds between two looks."""

LOG_LIMIT = 64 * 1024 * 1024
LOGS_KEPT = 3

log = structlog.get_logger(__name__)


class Upkeep:
    """A background task beside the router."""

    def __init__(
        self, plane: Plane, parts: Callable[[], Iterable[Part]] = tuple, *, log_limit: int = LOG_LIMIT
    ) -> None:
        self._plane = plane
        self._parts = parts
        self._limit = log_limit
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._repeat())

    async def close(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.look()
            except (TemporaryError, OSError) as error:
                log.warning("upkeep of the router failed and is tried again", error=str(error))

    async def look(self) -> None:
        """Look once. Raises TemporaryError when Envoy does not answer, OSError when a file cannot be moved."""
        await self._renew_certificates()
        await self._rotate_logs()
        for part in list(self._parts()):
            await self.see(part)

    async def see(self, part: Part) -> None:
        """Look at every environment to which users could be moved at any moment, so that the move need not."""
        if len(part.routing.paths) > 1 and part.routing.address is not None:
            wanted = [part.backends[name] for paths in part.routing.paths.values() for name in paths.prefixes.values()]
            await self._plane.look(wanted, self._plane.routes_subscription(part.routing.address))

    async def _renew_certificates(self) -> None:
        certificates, publisher = self._plane.certificates, self._plane.publisher
        for app, certificate in certificates.renewed().items():
            subscription = certificates.subscription(app)
            before = read_file(subscription.file)
            try:
                await publisher.publish(subscription, certificate.content)
            except Rejected as error:
                log.warning("Envoy refused a renewed certificate", app=app, error=str(error))
                if before is not None:
                    await publisher.publish(subscription, read_snapshot(before))
                continue
            certificates.keep(app, certificate)
            log.info("a renewed certificate is in force", app=app)

    async def _rotate_logs(self) -> None:
        layout = self._plane.layout
        if _size(layout.access_log) > self._limit:
            _shift(layout.access_log)
            os.replace(layout.access_log, _numbered(layout.access_log, 1))
            layout.access_log.touch(mode=0o600)
            await self._plane.admin.post("/reopen_logs")
        if _size(layout.log) > self._limit:
            # Envoy's own log is its standard output, which it cannot open again.
            _shift(layout.log)
            shutil.copyfile(layout.log, _numbered(layout.log, 1))
            os.truncate(layout.log, 0)


def _shift(file: Path) -> None:
    for number in range(LOGS_KEPT - 1, 0, -1):
        with contextlib.suppress(FileNotFoundError):
            os.replace(_numbered(file, number), _numbered(file, number + 1))


def _numbered(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}")


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
