"""Asks instances: HTTP/1.1 over kept connections, with bounds for everything that comes back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

import h11

from bluegreen.checks.shadow.copies import Copy
from bluegreen.checks.shadow.messages import Instances
from bluegreen.core.prefixes import longest_prefix

LONGEST = 1 << 20
"""Bytes of an answer; a longer one is not compared."""
IDLE = 1.5
"""Seconds after which a connection is not used again: shorter than any usual server's keep-alive."""
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Answer:
    """What came back: ``why`` instead of an answer where none came whole."""

    status: int = 0
    type: str = ""
    """The content type."""
    location: str = ""
    body: bytes = b""
    why: str = ""


class Unanswered(Exception):
    """No whole answer, and why."""


class _Gone(Exception):
    """A kept connection was closed before an answer began: another one may do."""


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.state = h11.Connection(h11.CLIENT)
        self.idle_since = 0.0


class Environment:
    """One environment's instances."""

    def __init__(self, instances: Instances, within: float) -> None:
        self._instances = instances
        self._within = within
        self._kept: dict[str, list[_Connection]] = {}

    async def ask(self, copy: Copy) -> Answer:
        """Ask one of the instances that receive it. Never raises for what they do."""
        prefix = longest_prefix(copy.target, self._instances)
        instances: Sequence[str] = self._instances[prefix] if prefix is not None else ()
        if not instances:
            return Answer(why="no component receives this path")
        # Any of them, so that what differs between instances of one release counts as noise.
        address = random.choice(instances)  # noqa: S311
        try:
            async with asyncio.timeout(self._within):
                return await self._ask(address, copy)
        except TimeoutError:
            return Answer(why=f"no whole answer within {self._within:g} s")
        except Unanswered as error:
            return Answer(why=str(error))
        except OSError as error:
            return Answer(why=f"it cannot be reached: {error.strerror or type(error).__name__}")

    async def _ask(self, address: str, copy: Copy) -> Answer:
        while (connection := self._take(address)) is not None:
            try:
                return await self._over(connection, address, copy)
            except _Gone:
                continue
        host, _, port = address.rpartition(":")
        connection = _Connection(*await asyncio.open_connection(host.strip("[]"), int(port)))
        try:
            return await self._over(connection, address, copy)
        except _Gone:
            raise Unanswered("it closed the connection") from None

    def _take(self, address: str) -> _Connection | None:
        kept = self._kept.get(address, [])
        now = asyncio.get_running_loop().time()
        while kept:
            connection = kept.pop()
            if now - connection.idle_since < IDLE and not connection.reader.at_eof():
                return connection
            connection.writer.close()
        return None

    async def _over(self, connection: _Connection, address: str, copy: Copy) -> Answer:
        whole = False
        try:
            _send(connection, copy)
            answer = await _receive(connection)
            whole = True
        except h11.ProtocolError as error:
            raise Unanswered(f"no HTTP: {error}") from None
        finally:
            if whole and connection.state.our_state is connection.state.their_state is h11.DONE:
                connection.state.start_next_cycle()
                connection.idle_since = asyncio.get_running_loop().time()
                self._kept.setdefault(address, []).append(connection)
            else:
                connection.writer.transport.abort()
        return answer


def _send(connection: _Connection, copy: Copy) -> None:
    length = [("content-length", str(len(copy.body)))] if copy.body or copy.method not in ("GET", "HEAD") else []
    request = h11.Request(method=copy.method, target=copy.target, headers=[*copy.headers, *length])
    data = connection.state.send(request) or b""
    if copy.body:
        data += connection.state.send(h11.Data(data=copy.body)) or b""
    data += connection.state.send(h11.EndOfMessage()) or b""
    connection.writer.write(data)


async def _receive(connection: _Connection) -> Answer:
    began: h11.Response | None = None
    body = bytearray()
    while True:
        event = connection.state.next_event()
        if event is h11.NEED_DATA:
            try:
                data = await connection.reader.read(_CHUNK)
            except ConnectionError:
                data = b""
            if not data and began is None:
                raise _Gone
            connection.state.receive_data(data)
        elif isinstance(event, h11.Response):
            began = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > LONGEST:
                raise Unanswered(f"longer than {LONGEST >> 20} MB")
        elif isinstance(event, h11.EndOfMessage):
            assert began is not None
            return _answer(began, bytes(body))
        elif isinstance(event, h11.ConnectionClosed):
            raise Unanswered("it closed the connection")


def _answer(response: h11.Response, body: bytes) -> Answer:
    headers = {bytes(name).decode("latin-1"): bytes(value).decode("latin-1") for name, value in response.headers}
    location = headers.get("location", "") if 300 <= response.status_code < 400 else ""
    return Answer(response.status_code, headers.get("content-type", ""), location, body)
