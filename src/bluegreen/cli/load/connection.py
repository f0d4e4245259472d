"""One HTTP/1.1 connection of the load client."""

from __future__ import annotations

import asyncio

from bluegreen.cli.load.answer import Answer, AnswerParser, Broken


class Connection(asyncio.Protocol):
    """Carries one request at a time and never sends one twice."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser = AnswerParser()
        self._waiter: asyncio.Future[Answer] | None = None
        self._reusable = True

    @classmethod
    async def open(cls, host: str, port: int, within: float) -> Connection:
        """Connect. Raises Broken (``refused``)."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(within):
                _, connection = await loop.create_connection(cls, host, port)
        except OSError as error:  # a time-out is one too
            raise Broken("refused", str(error) or f"not connected within {within:g} s") from None
        return connection

    @property
    def usable(self) -> bool:
        """Whether a request can be sent: a connection that the server closed while it was idle cannot take one."""
        return self._reusable and self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: bytes, within: float) -> Answer:
        """Send a request and return its answer. Raises Broken; the connection is closed then."""
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        self._parser = AnswerParser()
        waiter: asyncio.Future[Answer] = loop.create_future()
        self._waiter = waiter
        timer = loop.call_later(within, self._time_out, within)
        self._transport.write(request)
        try:
            answer = await waiter
        except Broken:
            self._transport.abort()
            raise
        finally:
            timer.cancel()
            self._waiter = None
        self._reusable = answer.reusable
        return answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._waiter is None or self._waiter.done():
            self._reusable = False  # nobody asked: an answer such as 408 before the connection is closed
            return
        try:
            answer = self._parser.feed(data)
        except Broken as broken:
            self._waiter.set_exception(broken)
            return
        if answer is not None:
            self._waiter.set_result(answer)

    def connection_lost(self, error: Exception | None) -> None:
        self._reusable = False
        if self._waiter is None or self._waiter.done():
            return
        if error is not None:
            where = "within the answer" if self._parser.begun else "before an answer"
            self._waiter.set_exception(Broken("reset", f"{error} {where}"))
            return
        try:
            self._waiter.set_result(self._parser.end())
        except Broken as broken:
            self._waiter.set_exception(broken)

    def _time_out(self, within: float) -> None:
        if self._waiter is not None and not self._waiter.done():
            where = "no whole answer" if self._parser.begun else "no answer"
            self._waiter.set_exception(Broken("timeout", f"{where} within {within:g} s"))
