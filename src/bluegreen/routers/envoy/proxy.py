"""The Envoy process: started detached, adopted, supervised, and shut down when it is asked for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from dataclasses import asdict

import structlog

from bluegreen.core.errors import BluegreenError, PermanentError, TemporaryError
from bluegreen.routers.envoy import bootstrap
from bluegreen.routers.envoy.admin import Admin
from bluegreen.routers.envoy.binary import find_binary
from bluegreen.routers.envoy.layout import Layout
from bluegreen.routers.envoy.snapshot import read_file
from bluegreen.system.atomic import replace_file
from bluegreen.system.identity import record_of
from bluegreen.system.process import ProcessRecord, end, is_running, spawn_detached, wait_ended
from bluegreen.system.procfs import all_stats, is_own, read_environ

READY_WITHIN = 30.0
DRAIN_WITHIN = 5.0
LONGEST_BACKOFF = 10.0

# A shell's usual limit of 1,024 open files is 500 users: Envoy, and only it, gets what the system allows.
RAISE_LIMIT = 'ulimit -n "$(ulimit -Hn)"; exec "$0" "$@"'

OPTIONS = ("--disable-hot-restart", "--log-level", "warn", "--file-flush-interval-msec", "1000", "--drain-time-s", "30")
"""A listener is drained when its application has gone: the default of 600 s would only keep loose ends open."""

log = structlog.get_logger(__name__)


class Proxy:
    """One Envoy for all applications; it outlives this object."""

    def __init__(self, layout: Layout, admin: Admin) -> None:
        self._layout = layout
        self._admin = admin
        self._record: ProcessRecord | None = None
        self._supervision: asyncio.Task[None] | None = None

    @property
    def record(self) -> ProcessRecord | None:
        """The process that is supervised."""
        return self._record

    def find(self) -> bool:
        """Whether our Envoy runs; then `start` adopts it."""
        self._record = self._read_record()
        if self._record is None or not is_running(self._record):
            # We may have died between starting it and recording it.
            self._record = find_marked(self._marker)
        return self._record is not None

    async def start(self) -> None:
        """Adopt the recorded process, or start one; return when it serves.

        Raises:
            PermanentError: it cannot be started, with its last log lines.
        """
        if not self.find():
            self._spawn()
        await self._wait_ready()
        self._supervision = asyncio.create_task(self._supervise())

    async def close(self) -> None:
        """Stop supervising. Envoy goes on."""
        if self._supervision is not None:
            self._supervision.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._supervision
            self._supervision = None

    async def stop(self) -> None:
        """Take no more connections, let requests finish for a moment, end the process."""
        await self.close()
        if self._record is not None and is_running(self._record):
            with contextlib.suppress(TemporaryError):
                await self._drain()
            await end(self._record, signal.SIGTERM, DRAIN_WITHIN)
        self._layout.process.unlink(missing_ok=True)
        self._record = None

    async def _drain(self) -> None:
        await self._admin.post("/drain_listeners")
        deadline = time.monotonic() + DRAIN_WITHIN
        while time.monotonic() < deadline:
            active = await self._admin.stats(r"^http\.(public\..*|inside)\.downstream_rq_active$")
            if not any(int(count) for count in active.values()):
                return
            await asyncio.sleep(0.05)

    async def _supervise(self) -> None:
        backoff = 0.0
        while self._record is not None:
            began = time.monotonic()
            await wait_ended(self._record)
            backoff = 0.0 if time.monotonic() - began > LONGEST_BACKOFF else min(backoff * 2 + 0.1, LONGEST_BACKOFF)
            log.warning("Envoy has ended and is started again", pid=self._record.pid, after=backoff)
            await asyncio.sleep(backoff)
            try:
                self._spawn()
            except (BluegreenError, OSError) as error:
                log.error("Envoy cannot be started", error=str(error))

    def _spawn(self) -> None:
        layout = self._layout
        content = bootstrap.render(layout)
        if read_file(layout.bootstrap) != content:
            replace_file(layout.bootstrap, content)
        options = ["-c", str(layout.bootstrap), "--concurrency", str(len(os.sched_getaffinity(0))), *OPTIONS]
        self._record = spawn_detached(
            ["/bin/sh", "-c", RAISE_LIMIT, str(find_binary()), *options],
            env=dict([self._marker.split("=", 1)]),
            cwd=layout.root,
            log=layout.log,
        )
        try:
            replace_file(layout.process, json.dumps(asdict(self._record)).encode())
        except OSError as error:
            # It is found again by its marker.
            log.warning("Envoy's process cannot be recorded", error=str(error))

    @property
    def _marker(self) -> str:
        return f"BLUEGREEN_ENVOY={self._layout.root}"

    def _read_record(self) -> ProcessRecord | None:
        try:
            return ProcessRecord(**json.loads(self._layout.process.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    async def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not await self._admin.is_ready():
            running = self._record is not None and is_running(self._record)
            if not running or time.monotonic() > deadline:
                raise PermanentError(
                    "Envoy did not start" if not running else f"Envoy was not ready after {READY_WITHIN:g} s",
                    why=f"its last log lines: {self._last_lines()}",
                    cure=f"its whole log is {self._layout.log}",
                )
            await asyncio.sleep(0.01)

    def _last_lines(self) -> str:
        try:
            return "\n".join(self._layout.log.read_text(errors="replace").splitlines()[-5:])
        except OSError:
            return "(none)"


def find_marked(marker: str) -> ProcessRecord | None:
    """Our process that was started with this in its environment."""
    for stat in all_stats():
        if not stat.ended and is_own(stat.pid) and marker in read_environ(stat.pid):
            return record_of(stat)
    return None
