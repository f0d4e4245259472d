"""A client for other components: JSON over HTTP/1.1, on connections that are kept open."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Unavailable(Exception):
    """The component could not be reached, or did not answer with 200."""


class Peer:
    """Another component, by its URL."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._idle: list[Connection] = []

    async def post(self, path: str, value: Any, within: float = 2.0) -> Any:
        """Send a JSON value and return the JSON value that comes back. Raises Unavailable.

        The request is one that may be made twice: where a kept connection turns out to be closed, it is.
        """
        body = json.dumps(value).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nhost: {self._host}:{self._port}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        try:
            return json.loads(await asyncio.wait_for(self._exchange(head.encode() + body), within))
        except (OSError, EOFError, ValueError) as error:
            raise Unavailable(f"{self._host}:{self._port}{path}: {error!r}") from error

    async def _exchange(self, request: bytes) -> bytes:
        while self._idle:
            try:
                return await self._try(self._idle.pop(), request)
            except (OSError, EOFError):
                continue
        return await self._try(await asyncio.open_connection(self._host, self._port), request)

    async def _try(self, connection: Connection, request: bytes) -> bytes:
        reader, writer = connection
        kept = False
        try:
            writer.write(request)
            status, headers = _parse((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            kept = headers.get("connection", "").lower() != "close"
        finally:
            if kept:
                self._idle.append(connection)
            else:
                writer.close()
        if status != 200:
            raise Unavailable(f"{self._host}:{self._port} answered {status}: {body[:200]!r}")
        return body


def _parse(head: str) -> tuple[int, dict[str, str]]:
    first, *lines = head[:-4].split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return int(first.split(" ")[1]), {name.lower(): value.strip() for name, _, value in pairs}
