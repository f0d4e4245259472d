"""HTTP/2 requests (cleartext, one connection, many streams at once), counted as the load client counts its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

from bluegreen.cli.load import Broken, Plan
from bluegreen.cli.load.record import Record

REQUEST = "HTTP/2 GET /"


@dataclass
class Exchange:
    """One request under way."""

    due: float
    status: int = 0
    served: tuple[str, str] = ("", "")
    length: int | None = None
    body: bytearray = field(default_factory=bytearray)


class Http2Load:
    """Sends ``rate`` requests a second until it is cancelled, and opens the connection again when it ends."""

    def __init__(self, plan: Plan, rate: float, record: Record, clock: Callable[[], float]) -> None:
        self._plan, self._rate, self._record, self._clock = plan, rate, record, clock
        self._number = 0
        self._stopping = False

    async def run(self) -> None:
        while not self._stopping:
            connection = Http2Connection(self._plan, self._record, self._clock)
            try:
                await asyncio.get_running_loop().create_connection(lambda: connection, *self._plan.address)  # noqa: B023
            except OSError as error:
                self._record.fail(self._clock(), Broken("refused", str(error)), REQUEST)
                self._record.add(self._clock(), 0.0, ("", ""))
                await asyncio.sleep(1 / self._rate)
                continue
            await self._send(connection)
            await connection.finish(self._plan.timeout)

    def stop(self) -> None:
        """Send nothing more; `run` ends when what is under way has ended."""
        self._stopping = True

    async def _send(self, connection: Http2Connection) -> None:
        while not self._stopping and connection.usable:
            due = self._number / self._rate
            await asyncio.sleep(max(0.0, due - self._clock()))
            if connection.usable:
                self._number += 1
                connection.send(due)


class Http2Connection(asyncio.Protocol):
    """One connection."""

    def __init__(self, plan: Plan, record: Record, clock: Callable[[], float]) -> None:
        self._plan, self._record, self._clock = plan, record, clock
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="latin-1"))
        self._exchanges: dict[int, Exchange] = {}
        self._done = asyncio.Event()
        self.usable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._h2.initiate_connection()
        self._flush()

    def send(self, due: float) -> None:
        stream = self._h2.get_next_available_stream_id()
        authority = (":authority", self._plan.authority)
        self._h2.send_headers(stream, [(":method", "GET"), (":scheme", "http"), authority, (":path", "/")], True)
        self._exchanges[stream] = Exchange(due)
        self._flush()

    async def finish(self, within: float) -> None:
        """Wait for what is under way, count the rest as timed out, and close."""
        self.usable = False
        if self._exchanges:
            self._done.clear()
            try:
                await asyncio.wait_for(self._done.wait(), within)
            except TimeoutError:
                self._fail_all("timeout", f"no answer within {within:g} s")
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        try:
            events = self._h2.receive_data(data)
        except h2.exceptions.ProtocolError as error:
            self._fail_all("malformed", repr(error))
            self._transport.abort()
            return
        for event in events:
            self._handle(event)
        self._flush()

    def connection_lost(self, error: Exception | None) -> None:
        self.usable = False
        self._fail_all("reset" if error else "closed", str(error or "the connection ended"))

    def _handle(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.ConnectionTerminated):
            self.usable = False
            last = event.last_stream_id or 0
            for stream in [stream for stream in self._exchanges if stream > last]:
                self._end(stream, Broken("closed", "refused by GOAWAY"))
            return
        exchange = self._exchanges.get(getattr(event, "stream_id", None) or 0)
        if exchange is None:
            return
        if isinstance(event, h2.events.ResponseReceived):
            headers = {str(name): str(value) for name, value in event.headers}
            exchange.status = int(headers[":status"])
            exchange.served = (headers.get("x-release", ""), headers.get("x-color", ""))
            exchange.length = int(headers["content-length"]) if "content-length" in headers else None
        elif isinstance(event, h2.events.DataReceived):
            exchange.body += event.data
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            self._end(event.stream_id, Broken("reset", f"stream reset, error {event.error_code}"))
        elif isinstance(event, h2.events.StreamEnded):
            self._end(event.stream_id, verdict(exchange))

    def _end(self, stream: int, broken: Broken | None) -> None:
        exchange = self._exchanges.pop(stream)
        if broken is not None:
            self._record.fail(exchange.due, broken, REQUEST)
        self._record.add(exchange.due, self._clock() - exchange.due, exchange.served)
        if not self._exchanges:
            self._done.set()

    def _fail_all(self, kind: str, detail: str) -> None:
        for stream in list(self._exchanges):
            self._end(stream, Broken(kind, detail))

    def _flush(self) -> None:
        self._transport.write(self._h2.data_to_send())


def verdict(exchange: Exchange) -> Broken | None:
    """What is wrong with an answer that has ended."""
    if not 200 <= exchange.status < 300:
        return Broken(f"status {exchange.status}", repr(bytes(exchange.body[:200])))
    if exchange.length not in (None, len(exchange.body)):
        return Broken("truncated", f"{len(exchange.body)} of {exchange.length} bytes")
    return None
