"""Envoy's admin interface, over its unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from bluegreen.core.errors import TemporaryError

WITHIN = 2.0
"""Seconds after which an answer is given up."""

Kind = Literal["All", "Counters", "Gauges", "TextReadouts"]


class Admin:
    """A client with one connection that stays open, so that a read costs well under a millisecond."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._lock = asyncio.Lock()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def stats(self, pattern: str, kind: Kind = "All") -> dict[str, str]:
        """Value by name of each statistic whose name matches this regular expression.

        Envoy walks all of the kind for it: one kind takes a third of the time of all.

        Raises:
            TemporaryError: no answer.
        """
        text = await self.statistics(pattern, f"&type={kind}")
        lines = (line.partition(": ") for line in text.splitlines())
        return {name: value.strip('"') for name, colon, value in lines if colon}

    async def statistics(self, pattern: str, options: str) -> str:
        """Envoy's own text on each statistic whose name matches. Raises TemporaryError without an answer."""
        path = f"/stats?filter={quote(pattern, safe='')}{options}"
        return (await self._request("GET", path)).decode(errors="replace")

    async def config(self, resource: str, name: str) -> list[dict[str, Any]]:
        """The configurations of this kind (``dynamic_route_configs``) whose name matches this regular expression.

        Raises:
            TemporaryError: no answer.
        """
        path = f"/config_dump?resource={resource}&name_regex={quote(name, safe='')}"
        configs: list[dict[str, Any]] = json.loads(await self._request("GET", path)).get("configs", [])
        return configs

    async def route_versions(self, name: str) -> set[str]:
        """The versions of this route configuration that are in force: one, or none yet.

        Raises:
            TemporaryError: no answer.
        """
        pattern = quote(f"^{re.escape(name)}$", safe="")
        path = f"/config_dump?resource=dynamic_route_configs&mask=version_info&name_regex={pattern}"
        configs = json.loads(await self._request("GET", path)).get("configs", [])
        return {config["version_info"] for config in configs if "version_info" in config}

    async def listening(self) -> set[str]:
        """The addresses on which Envoy listens. Raises TemporaryError when it does not answer."""
        listeners = json.loads(await self._request("GET", "/listeners?format=json")).get("listener_statuses", [])
        sockets = [listener["local_address"]["socket_address"] for listener in listeners]
        return {f"{_bracketed(socket['address'])}:{socket['port_value']}" for socket in sockets}

    async def is_ready(self) -> bool:
        """Whether Envoy serves: it answers, and has loaded its configuration."""
        try:
            return (await self._request("GET", "/ready")).strip() == b"LIVE"
        except TemporaryError:
            return False

    async def post(self, path: str) -> None:
        """Ask Envoy to do something. Raises TemporaryError when it does not answer."""
        await self._request("POST", path)

    async def close(self) -> None:
        """Let go of the connection."""
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].close()
            with contextlib.suppress(OSError):
                await streams[1].wait_closed()

    async def _request(self, method: str, path: str) -> bytes:
        async with self._lock:
            fresh = self._streams is None
            try:
                return await self._exchange(method, path)
            except (OSError, EOFError, ValueError) as error:
                # Another Envoy may be there since: the old connection says nothing about the new one.
                if not fresh:
                    with contextlib.suppress(OSError, EOFError, ValueError):
                        return await self._exchange(method, path)
                raise TemporaryError(
                    "Envoy does not answer",
                    why=f"its admin socket {self._socket} gave {type(error).__name__}: {error}",
                    cure="it is started again by itself; its log is beside the socket, envoy.log",
                ) from error

    async def _exchange(self, method: str, path: str) -> bytes:
        whole = False
        try:
            async with asyncio.timeout(WITHIN):
                if self._streams is None:
                    self._streams = await asyncio.open_unix_connection(str(self._socket), limit=1 << 20)
                reader, writer = self._streams
                writer.write(f"{method} {path} HTTP/1.1\r\nhost: bluegreen\r\ncontent-length: 0\r\n\r\n".encode())
                body = await _read_answer(reader)
                whole = True
                return body
        finally:
            # What is left of an unfinished answer would be taken for the next one.
            if not whole:
                await self.close()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


async def _read_answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
    if "chunked" not in headers.get("transfer-encoding", ""):
        return await reader.readexactly(int(headers.get("content-length", "0")))
    chunks = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        chunks.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(chunks)
