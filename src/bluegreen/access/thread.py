"""The one thread in which ``access.db`` is used."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from bluegreen.access.database import Database
from bluegreen.core.errors import BluegreenError

Result = TypeVar("Result")


class DatabaseThread:
    """Work for the database is done there, one piece after the other. What cannot be opened is tried again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, "access")
        self._database: Database | None = None
        self.trouble: BluegreenError | None = None
        """Why it could not be used the last time."""

    async def run(self, work: Callable[[Database], Result]) -> Result:
        """What ``work`` makes of the database. Raises what `Database` raises."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    def _run(self, work: Callable[[Database], Result]) -> Result:
        try:
            if self._database is None:
                self._database = Database(self._path)
            result = work(self._database)
        except BluegreenError as error:
            self.trouble = error
            raise
        self.trouble = None
        return result

    async def close(self) -> None:
        """Close it, after everything that is under way."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
