"""An HTTP/1.1 server that ends gracefully: requests under way are finished, nothing new is accepted."""

from __future__ import annotations

import asyncio
import signal
import traceback
from collections.abc import Awaitable, Callable, Mapping

from shop.message import Answer, BadRequest, Request, read_body, read_head

Handler = Callable[[Request], Awaitable[Answer]]
Stream = Callable[[Request, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Takes a connection over until it returns or is cancelled."""

GRACE = 0.1
"""Seconds for which idle connections are kept after the signal to stop."""


class Server:
    """Answers requests by exact path; unknown paths get 404."""

    def __init__(
        self,
        handlers: Mapping[tuple[str, str], Handler],
        streams: Mapping[str, Stream] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._handlers = handlers
        self._streams = streams or {}
        self._headers = headers or {}
        self._stopping = False
        self._waiting: set[asyncio.Task[None]] = set()
        self._streaming: set[asyncio.Task[None]] = set()
        self._all: set[asyncio.Task[None]] = set()

    async def run(self, port: int) -> None:
        """Serve on the loopback interface until TERM or INT, then finish the requests under way."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        listener = await asyncio.start_server(self._connected, "127.0.0.1", port, backlog=1024)
        await stop.wait()
        self._stopping = True
        listener.close()
        await self._end_idle()
        if self._all:
            await asyncio.wait(self._all)

    async def _end_idle(self) -> None:
        for task in self._streaming:
            task.cancel()
        # A request may be on its way on a connection that is idle here: it is still answered, with "close".
        await asyncio.sleep(GRACE)
        for task in self._waiting:
            task.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._all.add(task)
        try:
            await self._converse(task, reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass  # The client went away, or we are stopping and it is between two requests.
        finally:
            self._all.discard(task)
            writer.close()

    async def _converse(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while not self._stopping:
            try:
                request = await self._next_request(task, reader, writer)
            except BadRequest as error:
                answer = Answer(error.status, f"{error}\n".encode())
                writer.write(answer.encode(head_only=False, close=True))
                return await writer.drain()
            if request is None:
                return None
            if request.path in self._streams:
                return await self._stream(task, request, reader, writer)
            answer = await self._answer(request)
            close = self._stopping or not request.keep_alive
            writer.write(answer.encode(head_only=request.method == "HEAD", close=close))
            await writer.drain()
            if close:
                return None

    async def _next_request(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Request | None:
        """Only while the head of a request has not come may the connection be ended."""
        self._waiting.add(task)
        try:
            request = await read_head(reader)
        finally:
            self._waiting.discard(task)
        return request and await read_body(request, reader, writer)

    async def _answer(self, request: Request) -> Answer:
        method = "GET" if request.method == "HEAD" else request.method
        handler = self._handlers.get((method, request.path))
        try:
            if handler is not None:
                answer = await handler(request)
            elif any(path == request.path for _, path in self._handlers):
                answer = Answer(405, b"method not allowed\n")
            else:
                answer = Answer(404, b"not found\n")
        except BadRequest as error:
            answer = Answer(error.status, f"{error}\n".encode())
        except Exception:
            traceback.print_exc()
            answer = Answer(500, b"internal error\n")
        return Answer(answer.status, answer.body, answer.type, {**self._headers, **answer.headers})

    async def _stream(
        self,
        task: asyncio.Task[None],
        request: Request,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._streaming.add(task)
        try:
            await self._streams[request.path](request, reader, writer)
        finally:
            self._streaming.discard(task)
