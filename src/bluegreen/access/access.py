"""Everything that a controller knows about who may steer it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from bluegreen.access.audit import AuditTrail
from bluegreen.access.codes import Codes
from bluegreen.access.gate import Gate, Jobs
from bluegreen.access.store import Store
from bluegreen.access.thread import DatabaseThread

FILE = "access.db"


class Access:
    """Tokens and sessions, one-time codes, the gate that looks at them, and the audit trail."""

    def __init__(
        self,
        home: Path,
        jobs: Jobs | None = None,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._thread = DatabaseThread(home / FILE)
        self.clock = clock
        self.store = Store(self._thread, clock)
        self.codes = Codes(clock)
        self.trail = AuditTrail(self._thread)
        self.gate = Gate(self.store, jobs, clock=clock, monotonic=monotonic)
        self.jobs = jobs

    async def open(self) -> None:
        """Read what is kept. Whatever is wrong with it, this returns: `warnings` tells."""
        await self.store.open()
        self.trail.start()

    async def close(self) -> None:
        await self.store.close()
        await self.trail.close()
        await self._thread.close()

    def warnings(self) -> list[str]:
        """What a person should know."""
        trouble = self._thread.trouble
        found = [f"{trouble.what} {trouble.why}"] if trouble is not None else []
        return [*found, *([self.trail.trouble] if self.trail.trouble else [])]
