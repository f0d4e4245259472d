"""Where Envoy shows samples: a gRPC service on a unix socket that never answers anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import grpc

from bluegreen.scorer.base import Shown
from bluegreen.scorer.counting import Counting
from bluegreen.scorer.messages import BACKEND, METHOD, AnswerBody, AnswerHeaders, RequestHeaders, read_message
from bluegreen.scorer.sample import Sample

MOST = 500
"""Answers that are followed at once; what comes beyond is counted as dropped."""


class Samples(grpc.GenericRpcHandler):
    """The service."""

    def __init__(self, counting: Counting, wall: Callable[[], float] = time.time) -> None:
        self._counting = counting
        self._wall = wall
        self.open = 0
        self.shown: dict[str, Shown] = {}
        """By application."""

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        """What gRPC asks for each call: who handles it."""
        return grpc.stream_stream_rpc_method_handler(self._take) if details.method == METHOD else None

    async def _take(self, messages: AsyncIterator[bytes], context: Any) -> None:
        backend = dict(context.invocation_metadata()).get(BACKEND, "")
        if not self._counting.is_asked(backend):
            return
        dropped = self.open >= MOST
        self._count(backend, Shown(seen=1, dropped=int(dropped)))
        if dropped:
            return
        self.open += 1
        sample = Sample(backend, time.monotonic())
        try:
            await _follow(sample, messages)
        except asyncio.CancelledError:
            # Envoy hung up: the answer broke off, or its user left.
            await self._score(sample)
            raise
        except ValueError:
            self._count(backend, Shown(dropped=1))
            return
        finally:
            self.open -= 1
        # Not before: the call ends, and Envoy is free of it, as soon as nothing more is needed.
        await self._score(sample)

    def _count(self, backend: str, more: Shown) -> None:
        app = backend.partition("/")[0]
        self.shown[app] = self.shown.get(app, Shown()).plus(more)

    async def _score(self, sample: Sample) -> None:
        if sample.status:
            await self._counting.take(sample, self._wall())


async def _follow(sample: Sample, messages: AsyncIterator[bytes]) -> None:
    """Read on while there is something of use. Raises ValueError for what Envoy never sends."""
    async for data in messages:
        match read_message(data):
            case RequestHeaders(headers):
                sample.asked(headers)
            case AnswerHeaders(headers, ended):
                sample.answered(headers, ended=ended)
                if not sample.is_wanted:
                    return
            case AnswerBody(body, ended):
                sample.take(body, time.monotonic(), ended=ended)
        if sample.status and not sample.is_needed:
            return


async def listening(socket: Path, service: Samples) -> grpc.aio.Server:
    """Serve on the socket, in a folder that only this user may open."""
    # A body comes in pieces of at most what Envoy reads at once.
    server = grpc.aio.server(options=[("grpc.max_receive_message_length", 16 << 20)])
    server.add_generic_rpc_handlers([service])
    server.add_insecure_port(f"unix:{socket}")
    await server.start()
    return server
