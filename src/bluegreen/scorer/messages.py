"""What Envoy tells of a sample: its request's and its answer's headers, and the answer's body, piece by piece.

Source: ``envoy/service/ext_proc/v3/external_processor.proto`` of Envoy's published API.
"""

from __future__ import annotations

from dataclasses import dataclass

from bluegreen.scorer.wire import fields

METHOD = "/envoy.service.ext_proc.v3.ExternalProcessor/Process"
BACKEND = "x-bluegreen-backend"
"""Metadata of the call: which backend the request was sent to."""

_REQUEST_HEADERS, _ANSWER_HEADERS, _ANSWER_BODY, _ANSWER_TRAILERS = 2, 3, 5, 7


@dataclass(frozen=True)
class RequestHeaders:
    headers: dict[str, str]


@dataclass(frozen=True)
class AnswerHeaders:
    headers: dict[str, str]
    ended: bool


@dataclass(frozen=True)
class AnswerBody:
    data: bytes
    ended: bool


Message = RequestHeaders | AnswerHeaders | AnswerBody


def read_message(data: bytes) -> Message | None:
    """One message of a call; None when it says nothing that is needed. Raises ValueError when it is none."""
    for number, value in fields(data):
        if not isinstance(value, bytes):
            continue
        if number == _REQUEST_HEADERS:
            return RequestHeaders(_headers(value)[0])
        if number == _ANSWER_HEADERS:
            return AnswerHeaders(*_headers(value))
        if number == _ANSWER_BODY:
            return _body(value)
        if number == _ANSWER_TRAILERS:
            return AnswerBody(b"", ended=True)
    return None


def _headers(data: bytes) -> tuple[dict[str, str], bool]:
    """Headers by name in lower case, of equal ones the last, and whether nothing follows."""
    found: dict[str, str] = {}
    ended = False
    for number, value in fields(data):
        if number == 1 and isinstance(value, bytes):
            for _, header in fields(value):
                if isinstance(header, bytes):
                    name, text = _header(header)
                    found[name] = text
        elif number == 3:
            ended = bool(value)
    return found, ended


def _header(data: bytes) -> tuple[str, str]:
    """``value`` (2) or ``raw_value`` (3), whichever is set."""
    parts = {number: value for number, value in fields(data) if isinstance(value, bytes)}
    name, value = parts.get(1, b""), parts.get(2) or parts.get(3) or b""
    return name.decode("latin-1").lower(), value.decode("latin-1")


def _body(data: bytes) -> AnswerBody:
    body, ended = b"", False
    for number, value in fields(data):
        if number == 1 and isinstance(value, bytes):
            body = value
        elif number == 2:
            ended = bool(value)
    return AnswerBody(body, ended)
