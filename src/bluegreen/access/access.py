"""Everything that a controller knows about who may steer it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bluegreen.access.audit import AuditTrail
from bluegreen.access.codes import Codes
from bluegreen.access.gate import Gate, Jobs
from bluegreen.access.store import Store
from bluegreen.access.thread import DatabaseThread
from bluegreen.core.errors import PermanentError
from bluegreen.core.settings import Issuer

FILE = "access.db"


class Access:
    """Tokens and sessions, one-time codes, the gate that looks at them, and the audit trail.

    Raises PermanentError where tokens of ``issuers`` cannot be checked, since the extra `oidc` is missing.
    """

    def __init__(
        self,
        home: Path,
        issuers: Sequence[Issuer] = (),
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._thread = DatabaseThread(home / FILE)
        self.clock = clock
        self.store = Store(self._thread, clock)
        self.codes = Codes(clock)
        self.trail = AuditTrail(self._thread)
        self._jobs = _jobs(issuers, clock, monotonic) if issuers else None
        self.gate = Gate(self.store, self._jobs, clock=clock, monotonic=monotonic)

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
        jobs = self._jobs.warnings() if self._jobs is not None else []
        return [*found, *([self.trail.trouble] if self.trail.trouble else []), *jobs]


def _jobs(issuers: Sequence[Issuer], clock: Callable[[], float], monotonic: Callable[[], float]) -> Jobs:
    try:
        from bluegreen.access.jobs import OidcJobs
    except ImportError as error:
        raise PermanentError(
            "controller.yaml has `oidc`, and what checks such tokens is not installed.",
            why=str(error),
            cure="pip install 'bluegreen[oidc]'",
        ) from error
    return OidcJobs(issuers, clock=clock, monotonic=monotonic)
