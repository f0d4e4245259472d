"""The HTTP side of OFREP 0.3 (https://github.com/open-feature/protocol, service/openapi.yaml)."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bluegreen.ofrep.evaluation import NOT_FOUND, Evaluation, Outcome, failure

LARGEST = 64 * 1024
"""Bytes of a request."""
PING_EVERY = 15.0
STREAM = "/ofrep/v1/events"


class Malformed(Exception):
    """A request that cannot be evaluated: OFREP's code for it, and what is wrong."""

    def __init__(self, code: str, details: str) -> None:
        super().__init__(details)
        self.code, self.details = code, details


class Server:
    """Evaluates flags that do not change as long as it lives: another release has a process of its own."""

    def __init__(self, evaluation: Evaluation, version: str) -> None:
        """``version`` tells this flag set from every other one."""
        self._evaluation = evaluation
        self._version = version
        self.stopping = asyncio.Event()

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/ofrep/v1/evaluate/flags", self.bulk, methods=["POST"]),
                Route("/ofrep/v1/evaluate/flags/{key:path}", self.single, methods=["POST"]),
                Route(STREAM, self.events, methods=["GET"]),
                Route("/healthz", self.healthy, methods=["GET"]),
            ],
            exception_handlers={Exception: _broken},
        )

    async def healthy(self, request: Request) -> Response:
        return Response(status_code=204)

    async def single(self, request: Request) -> Response:
        """One flag: 200, 404 for one that is not there, 400 for what cannot be evaluated."""
        key = request.path_params["key"]
        try:
            context = await _context(request)
        except Malformed as error:
            return _json(failure(key, error.code, error.details), 400)
        outcome = self._evaluation.one(key, context)
        code = outcome.get("errorCode")
        return _json(outcome, 200 if code is None else 404 if code == NOT_FOUND else 400)

    async def bulk(self, request: Request) -> Response:
        """Every flag, with an ETag of exactly this answer, and where to hear of a change."""
        try:
            context = await _context(request)
        except Malformed as error:
            return _json({"errorCode": error.code, "errorDetails": error.details}, 400)
        body: dict[str, Any] = {
            "flags": self._evaluation.all(context),
            "eventStreams": [{"type": "sse", "endpoint": {"requestUri": STREAM}}],
            "metadata": {**self._evaluation.metadata, "version": self._version},
        }
        content = _bytes(body)
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        if _matches(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers={"ETag": tag})
        return Response(content, media_type="application/json", headers={"ETag": tag})

    async def events(self, request: Request) -> Response:
        """Changes as they come: of a client that was with another flag set before, one at once, and then none.

        Events are named after the flag set, so that a client that comes back says which one it has.
        """
        known = request.headers.get("last-event-id")
        return StreamingResponse(
            self._events(known), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    async def _events(self, known: str | None) -> AsyncIterator[bytes]:
        yield f"retry: 1000\nid: {self._version}\n\n".encode()
        if known and known != self._version:
            data = json.dumps({"type": "refetchEvaluation", "etag": self._version})
            yield f"id: {self._version}\nevent: message\ndata: {data}\n\n".encode()
        while not self.stopping.is_set():
            try:
                await asyncio.wait_for(self.stopping.wait(), PING_EVERY)
            except TimeoutError:
                yield b": still here\n\n"


async def _context(request: Request) -> Mapping[str, Any]:
    """The context of a request; one without any is an empty one, as the SDK for Python sends it. Raises Malformed."""
    try:
        value = json.loads(await read_body(request))
    except (ValueError, RecursionError) as error:
        raise Malformed("PARSE_ERROR", f"the request is no JSON: {error}") from None
    context = value.get("context", {}) if isinstance(value, dict) else None
    if not isinstance(context, dict):
        raise Malformed("INVALID_CONTEXT", "`context` must be an object")
    if not isinstance(context.get("targetingKey", ""), str):
        raise Malformed("INVALID_CONTEXT", "`targetingKey` must be text")
    return context


async def read_body(request: Request) -> bytes:
    """The request's body, of bounded size. Raises Malformed."""
    parts, size = [], 0
    try:
        async for part in request.stream():
            parts.append(part)
            size += len(part)
            if size > LARGEST:
                raise Malformed("INVALID_CONTEXT", f"the request is larger than {LARGEST // 1024} kB")
    except ClientDisconnect:
        raise Malformed("GENERAL", "the request broke off") from None
    return b"".join(parts)


def _matches(wanted: str, tag: str) -> bool:
    named = [part.strip().removeprefix("W/") for part in wanted.split(",")]
    return tag in named or tag.strip('"') in named or "*" in named


def _bytes(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def _json(value: Outcome, status: int) -> Response:
    return Response(_bytes(value), status, media_type="application/json")


async def _broken(request: Request, error: Exception) -> Response:
    return _json({"errorDetails": f"the evaluation broke off: {type(error).__name__}"}, 500)
