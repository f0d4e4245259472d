"""What is asked of a running HAProxy, and what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

from bluegreen.core.errors import PermanentError
from bluegreen.routers.haproxy.entries import read_map
from bluegreen.routers.haproxy.socket import StatsSocket
from bluegreen.routers.haproxy.tables import BackendRow, read_pid, read_stat

SILENT = ("", "IP changed from", "no need to change", "port changed from")
"""How the answer begins to a command that was carried out."""


class Proxy:
    """One HAProxy, by its stats socket and its map. Everything raises TemporaryError when it does not answer."""

    def __init__(self, socket: StatsSocket, map: Path) -> None:
        self._socket = socket
        self._map = map

    async def entries(self) -> Mapping[str, str]:
        """What its map says now. Raises PermanentError when it has no such map."""
        answer = await self._socket.ask(f"show map {self._map}")
        if answer.startswith("Unknown map"):
            raise PermanentError(
                f"HAProxy knows no map {self._map}.",
                why=f"The configuration of the one at {self._socket.path} does not name it.",
                cure="Put in what `bluegreen router init haproxy` prints, and reload HAProxy.",
            )
        return read_map(answer)

    async def backends(self) -> Mapping[str, BackendRow]:
        """Every backend with its servers."""
        return read_stat(await self._socket.ask("show stat -1 6 -1"))

    async def pid(self) -> str:
        return read_pid(await self._socket.ask("show info"))

    async def server_states(self) -> str:
        """As it loads them when it starts."""
        return await self._socket.ask("show servers state")

    async def put(self, key: str, value: str, entries: Mapping[str, str]) -> None:
        """Set an entry of the map, which had these."""
        verb = "set" if key in entries else "add"
        await self._tell(f"{verb} map {self._map} {key} {value}")

    async def take_out(self, key: str) -> None:
        await self._tell(f"del map {self._map} {key}")

    async def tell(self, commands: Iterable[str]) -> None:
        """One command after the other. Raises PermanentError for one that it does not carry out."""
        for command in commands:
            await self._tell(command)

    async def _tell(self, command: str) -> None:
        answer = await self._socket.ask(command)
        if not answer.startswith(SILENT[1:]) and answer.strip():
            raise PermanentError(
                f"HAProxy did not carry out `{command}`.",
                why=answer.strip(),
                cure="Compare its configuration with `bluegreen router init haproxy`; its socket needs `level admin`.",
            )

    async def look(self) -> tuple[Mapping[str, str], Mapping[str, BackendRow], str]:
        """Map, backends and pid, asked at once."""
        return await asyncio.gather(self.entries(), self.backends(), self.pid())
