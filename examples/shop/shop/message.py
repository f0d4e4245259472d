"""HTTP/1.1 messages: requests read from a stream, answers made into bytes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

MAX_BODY = 10 * 1024 * 1024
"""Bytes of one request body; more is answered with 413."""


class BadRequest(Exception):
    """What came is not a request that can be answered; the connection ends after the answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Request:
    """One request. Header names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    version: str
    body: bytes = b""

    @property
    def keep_alive(self) -> bool:
        """Whether the client wants to send another request on this connection."""
        wanted = self.headers.get("connection", "").lower()
        return wanted != "close" if self.version == "HTTP/1.1" else wanted == "keep-alive"


@dataclass(frozen=True)
class Answer:
    """One complete answer."""

    status: int = 200
    body: bytes = b""
    type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: Any, status: int = 200) -> Answer:
        return cls(status, json.dumps(value).encode() + b"\n", "application/json")

    def encode(self, *, head_only: bool, close: bool) -> bytes:
        """The answer as bytes, with a digest of the body (RFC 9530), so that a client can verify it."""
        digest = base64.b64encode(hashlib.sha256(self.body).digest()).decode()
        headers = {
            "content-type": self.type,
            "content-length": str(len(self.body)),
            "content-digest": f"sha-256=:{digest}:",
            **self.headers,
        }
        if close:
            headers["connection"] = "close"
        return head(self.status, headers) + (b"" if head_only else self.body)


def head(status: int, headers: dict[str, str]) -> bytes:
    """Status line and headers, up to and with the empty line."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def read_head(reader: asyncio.StreamReader) -> Request | None:
    """The next request of a connection, without its body; None when the client has closed it. Raises BadRequest."""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise BadRequest(400, "the request ended within its head") from None
        return None
    except asyncio.LimitOverrunError:
        raise BadRequest(431, "the request's head is too long") from None
    return _parse_head(raw.decode("latin-1"))


async def read_body(request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request:
    """The same request with its body. Raises BadRequest."""
    if request.headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    try:
        return replace(request, body=await _read_body(reader, request.headers))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        raise BadRequest(400, "the request ended within its body") from None


def _parse_head(raw: str) -> Request:
    first, *lines = raw[:-4].split("\r\n")
    try:
        method, target, version = first.split(" ")
        url = urlsplit(target)
    except ValueError:
        raise BadRequest(400, "the request line is malformed") from None
    if version not in ("HTTP/1.0", "HTTP/1.1"):
        raise BadRequest(505, f"{version} is not spoken here")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequest(400, "a header is malformed")
        headers[name.lower()] = value.strip()
    return Request(method, url.path, dict(parse_qsl(url.query)), headers, version)


async def _read_body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    coding, length = headers.get("transfer-encoding"), headers.get("content-length", "0")
    if coding is not None:
        # Both headers together are how requests are smuggled past a proxy.
        if coding.lower() != "chunked" or "content-length" in headers:
            raise BadRequest(400, "the length of the body is ambiguous")
        return await _read_chunks(reader)
    if not (length.isascii() and length.isdigit()):
        raise BadRequest(400, "Content-Length is not a number")
    if len(length) > 12 or int(length) > MAX_BODY:
        raise BadRequest(413, "the body is too long")
    return await reader.readexactly(int(length))


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while True:
        line = await reader.readuntil(b"\r\n")
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError:
            raise BadRequest(400, "a chunk's size is malformed") from None
        if size < 0 or len(body) + size > MAX_BODY:
            raise BadRequest(413, "the body is too long")
        if size == 0:
            break
        body += (await reader.readexactly(size + 2))[:-2]
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass  # trailers
    return bytes(body)
