"""Streams of server-sent events. One ends when the controller does, and when the client has gone; over TCP also with
the credential that it was opened with, which is looked at whenever something is sent (`bluegreen.api.security`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from bluegreen.engine.entries import entry_json as entry_json

PING_EVERY = 15.0
"""Seconds without news after which a stream shows that it is alive."""


class EventStream(Response):
    """Sends chunks as they come. An empty one is an occasion to show that it is alive."""

    media_type = "text/event-stream"

    def __init__(self, chunks: AsyncGenerator[bytes, None]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tasks = [asyncio.create_task(self._stream(send)), asyncio.create_task(_gone(receive))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not tasks[0].cancelled():
            tasks[0].result()

    async def _stream(self, send: Send) -> None:
        now = asyncio.get_running_loop().time
        async with aclosing(self._chunks) as chunks:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            sent = now()
            async for chunk in chunks:
                if not chunk and now() - sent >= PING_EVERY:
                    chunk = b": still here\n\n"
                if chunk:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                    sent = now()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
