"""Uvicorn, as the controller uses it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

ENDS_WITHIN = 2
"""Seconds that whoever still follows something holds up the end, where Python waits for open connections (3.12)."""
HANDSHAKE_WITHIN = 10.0
"""Seconds for a TLS handshake."""


class Server(uvicorn.Server):
    """Without signal handlers of its own: ending is decided by who runs it. No header tells it where callers are."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        keep_alive: int = 60,
        protocol: type[asyncio.Protocol] = H11Protocol,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        config = uvicorn.Config(
            app,
            http=protocol,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_keep_alive=keep_alive,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=ENDS_WITHIN,
        )
        super().__init__(config)
        self._tls = tls

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen at the sockets; uvicorn's own would wait a minute for each handshake."""
        await self.lifespan.startup()
        loop = asyncio.get_running_loop()
        within = HANDSHAKE_WITHIN if self._tls is not None else None
        self.servers = [
            await loop.create_server(
                self._protocol, sock=one, ssl=self._tls, ssl_handshake_timeout=within, backlog=self.config.backlog
            )
            for one in sockets or []
        ]
        self.started = True

    def _protocol(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return protocol


class BoundedProtocol(H11Protocol):
    """For an address that every program of the machine can reach: connections are few, and those that are silent, or
    that do not get to the end of a request's head, end.

    Else one program could use up the files that the controller may open, or take every place for good.
    """

    MOST = 256
    _late: asyncio.TimerHandle | None = None
    """Runs while a head has begun and not ended. What trickles in does not put it off."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        if len(self.connections) >= self.MOST:
            self.transport = transport
            transport.abort()
            return
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        begun = self.conn.their_state is h11.IDLE
        if begun and self._late is None:
            self._late = self.loop.call_later(self.timeout_keep_alive, self.transport.abort)
        elif not begun:
            self._in_time()

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        super().connection_lost(exc)

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None
