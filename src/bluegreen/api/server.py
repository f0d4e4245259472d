"""Uvicorn, as the controller uses it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol


class Server(uvicorn.Server):
    """Without signal handlers of its own: ending is decided by who runs it."""

    def __init__(self, app: FastAPI, *, keep_alive: int = 60, protocol: type[asyncio.Protocol] = H11Protocol) -> None:
        config = uvicorn.Config(
            app, http=protocol, log_config=None, access_log=False, lifespan="off", timeout_keep_alive=keep_alive
        )
        super().__init__(config)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class BoundedProtocol(H11Protocol):
    """For an address that every program of the machine can reach: connections are few, and silent ones end.

    Else one program could use up the files that the controller may open.
    """

    MOST = 256

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if len(self.connections) >= self.MOST:
            self.transport = transport
            transport.abort()
            return
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
