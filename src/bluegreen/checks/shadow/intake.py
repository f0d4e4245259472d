"""Takes copies of users' requests from the proxy, and answers each at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import h11

from bluegreen.checks.shadow.copies import Copy, copied_headers

LONGEST = 256 << 10
"""Bytes of a request's body; one that is longer is not asked about."""

Take = Callable[[Copy | None], None]
"""What becomes of a copy; None: one that was too long."""


class Intake(asyncio.Protocol):
    """One connection of the proxy's."""

    def __init__(self, take: Take, removed: Iterable[str]) -> None:
        self._take = take
        self._removed = tuple(removed)
        self._state = h11.Connection(h11.SERVER)
        self._request: h11.Request | None = None
        self._body = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            self._state.receive_data(data)
            while (event := self._state.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                self._see(event)
                if isinstance(event, h11.ConnectionClosed):
                    break
        except h11.ProtocolError:
            self._transport.abort()

    def eof_received(self) -> None:
        self._transport.close()

    def _see(self, event: object) -> None:
        if isinstance(event, h11.Request):
            self._request, self._body = event, bytearray()
        elif isinstance(event, h11.Data):
            # What is too long is read and forgotten: the proxy's connection goes on.
            self._body += event.data[: LONGEST + 1 - len(self._body)]
        elif isinstance(event, h11.EndOfMessage):
            self._answer()
            self._take(self._copy())
            if self._state.our_state is h11.MUST_CLOSE:
                self._transport.close()
            else:
                self._state.start_next_cycle()

    def _answer(self) -> None:
        data = self._state.send(h11.Response(status_code=202, headers=[("content-length", "0")])) or b""
        self._transport.write(data + (self._state.send(h11.EndOfMessage()) or b""))

    def _copy(self) -> Copy | None:
        request = self._request
        assert request is not None
        if len(self._body) > LONGEST:
            return None
        headers = [(bytes(name).decode("latin-1"), bytes(value).decode("latin-1")) for name, value in request.headers]
        method, target = bytes(request.method).decode("latin-1"), bytes(request.target).decode("latin-1")
        return Copy(method, target, copied_headers(headers, self._removed), bytes(self._body))
