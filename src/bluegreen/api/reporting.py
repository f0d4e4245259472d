"""The loopback address at which applications report business events: programs in any language reach it.

Nothing else is served there: steering goes through the unix socket, which only this user may open.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import structlog
from fastapi import FastAPI

from bluegreen.api import business_events, problems
from bluegreen.api.server import BoundedProtocol, Server
from bluegreen.core.errors import BluegreenError
from bluegreen.engine.engine import Engine
from bluegreen.engine.instances import EVENTS_PORT
from bluegreen.system.ports import find_holder

log = structlog.get_logger()

TRY_AGAIN_AFTER = 10.0
KEEP_ALIVE = 15
"""Seconds for which a silent connection is kept."""


@contextlib.asynccontextmanager
async def receiving(engine: Engine) -> AsyncIterator[None]:
    """Take reports inside of the block. While the address cannot be had, the controller goes on without it."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.state.engine = engine
    problems.install(app)
    app.include_router(business_events.router, prefix="/v1")
    server = Server(app, keep_alive=KEEP_ALIVE, protocol=BoundedProtocol)
    task = asyncio.create_task(_receive(engine, server), name="business events")
    try:
        yield
    finally:
        server.should_exit = server.force_exit = True
        if not server.started:
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _receive(engine: Engine, server: Server) -> None:
    events = engine.services.business_events
    try:
        with await _listener(engine) as listener:
            events.trouble = ""
            await server.serve(sockets=[listener])
    except Exception:
        events.trouble = "The address for business events broke: the controller's log tells why."
        log.exception("business events are not received any more")


async def _listener(engine: Engine) -> socket.socket:
    """The listening socket, as soon as it can be had."""
    events = engine.services.business_events
    while True:
        try:
            return _listen(engine.services.port_of(EVENTS_PORT))
        except (BluegreenError, OSError) as error:
            why = str(error)
        if not events.trouble:
            holder = await asyncio.to_thread(_holder, engine)
            events.trouble = f"Business events are not received: {why}{holder}"
            log.warning("business events are not received", why=why + holder)
        await asyncio.sleep(TRY_AGAIN_AFTER)


def _listen(port: int) -> socket.socket:
    # With its protocol named, asyncio sends at once (TCP_NODELAY); without, an answer in two parts takes 44 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(128)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _holder(engine: Engine) -> str:
    with contextlib.suppress(BluegreenError, OSError):
        port = engine.services.port_of(EVENTS_PORT)
        return f" (port {port} is held by {find_holder('127.0.0.1', port) or 'another program'})"
    return ""
