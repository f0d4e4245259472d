"""Puts instances behind HAProxy's backends, and takes them out again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.routers.base import Backend, Routing
from bluegreen.routers.haproxy.entries import Run, read_run
from bluegreen.routers.haproxy.files import Files
from bluegreen.routers.haproxy.names import backend_of_run
from bluegreen.routers.haproxy.places import commands
from bluegreen.routers.haproxy.proxy import Proxy
from bluegreen.routers.haproxy.tables import BackendRow

CHECKED_WITHIN = 3.0
"""Seconds that HAProxy's checks have to find an instance well."""
POLL = 0.02


class Filling:
    """What runs behind which backend; kept in the map, in its file, and in the file of the servers' state."""

    def __init__(self, proxy: Proxy, files: Files) -> None:
        self._proxy = proxy
        self._files = files

    async def fill(
        self, routing: Routing, entries: Mapping[str, str], rows: Mapping[str, BackendRow], pid: str
    ) -> None:
        """Make true which instances are there; nothing is told that is true already.

        Raises:
            PermanentError: HAProxy's configuration has no such backend, or too few servers in it.
            TemporaryError: HAProxy does not answer, or a file cannot be written.
        """
        wanted = {backend_of_run(backend.name): backend for backend in routing.backends}
        plan: list[str] = []
        runs: dict[str, str] = {}
        for name, backend in wanted.items():
            if name not in rows:
                raise _no_backend(name)
            run = read_run(entries.get(name))
            new = run is None or run.name != backend.name
            plan += commands(name, rows[name].servers, backend.endpoints, anew=new)
            if new:
                runs[name] = Run(backend.name, rows[name].counts, pid).value
        gone = [name for name in _runs_of(routing.app, entries) if name not in wanted]
        for name in gone:
            plan += commands(name, rows[name].servers, (), anew=False) if name in rows else []
        await self._carry_out(plan, runs, gone, entries)

    async def _carry_out(
        self, plan: list[str], runs: Mapping[str, str], gone: Iterable[str], entries: Mapping[str, str]
    ) -> None:
        await self._proxy.tell(plan)
        for name, value in runs.items():
            await self._proxy.put(name, value, entries)
        for name in gone:
            await self._proxy.take_out(name)
        if runs or gone:
            written = {key: value for key, value in self._files.entries().items() if key not in gone}
            self._files.write_map({**written, **runs})
        if plan:
            self._files.write_servers(await self._proxy.server_states())

    async def empty(self, app: str) -> None:
        """Take out everything of an application. Raises TemporaryError."""
        entries, rows, _ = await self._proxy.look()
        gone = [*_runs_of(app, entries), *([app] if app in entries else [])]
        plan = [told for name in gone if name in rows for told in commands(name, rows[name].servers, (), anew=False)]
        await self._carry_out(plan, {}, gone, entries)
        written = self._files.entries()
        if app in written:
            self._files.write_map({key: value for key, value in written.items() if key != app})
        self._files.discard(app)

    async def wait_checked(self, backends: Iterable[Backend]) -> None:
        """Return when HAProxy's checks have found one instance of each well, and have said something of the others.

        Raises TemporaryError when one has none.
        """
        names = {backend_of_run(backend.name): backend.name for backend in backends}
        deadline = time.monotonic() + CHECKED_WITHIN
        while names:
            rows = await self._proxy.backends()
            servers = {name: rows.get(name, BackendRow()).servers.values() for name in names}
            ill = [names[name] for name, found in servers.items() if not any(s.status == "UP" for s in found)]
            if not ill and (not any(s.is_undecided for found in servers.values() for s in found)):
                return
            if time.monotonic() > deadline:
                if not ill:
                    return
                raise TemporaryError(
                    f"no instance of {', '.join(ill)} is well",
                    why="HAProxy's checks of every one of them fail",
                    cure="look at the instances' logs, and at the `check` of the backend in HAProxy's configuration",
                    retry_after=1.0,
                )
            await asyncio.sleep(POLL)


def _runs_of(app: str, entries: Mapping[str, str]) -> list[str]:
    """The backends that have a run of this application."""
    found = ((name, read_run(value)) for name, value in entries.items())
    return [name for name, run in found if run is not None and run.name.startswith(f"{app}/")]


def _no_backend(name: str) -> PermanentError:
    return PermanentError(
        f"HAProxy has no backend {name}.",
        why="Its configuration does not name it.",
        cure="Put in what `bluegreen router init haproxy` prints, and reload HAProxy.",
    )
