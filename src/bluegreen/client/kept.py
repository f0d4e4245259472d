"""A connection that is kept for many requests, and opened again where it broke."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import NamedTuple, TypeVar

from bluegreen.client.address import Address
from bluegreen.client.errors import AnswerLost, NoController
from bluegreen.client.wire import refusal

T = TypeVar("T")
PAUSES = (0.3, 1.0, 2.0, 5.0, 10.0)
"""Seconds before each further attempt."""


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    content: bytes


class Kept:
    """For requests that may be sent twice. To be closed."""

    def __init__(self, address: Address, within: float) -> None:
        self._address, self._within = address, within
        self._connection: http.client.HTTPConnection | None = None

    def __enter__(self) -> Kept:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def ask(
        self,
        method: str,
        target: str,
        body: Iterable[bytes] | None = None,
        size: int = 0,
        headers: Mapping[str, str] | None = None,
        *,
        anyway: tuple[int, ...] = (),
    ) -> Answer:
        """One answer; ``size``: bytes of the body. Raises what a refusal says, unless its status is in ``anyway``."""
        sent = {**(headers or {}), **self._address.headers(), "Content-Length": str(size)}
        connection = self._connected()
        try:
            # A refusal may be there before the whole body was sent: it is read all the same.
            with suppress(BrokenPipeError):
                connection.request(method, self._address.prefix + target, body, sent)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._address.lost(error) from error
        except BaseException:
            self.close()
            raise
        if answer.status >= 400 and answer.status not in anyway:
            self.close()
            raise refusal(answer.status, answer.reason, content)
        return Answer(answer.status, {name.lower(): value for name, value in answer.headers.items()}, content)

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            connection = self._address.connection(self._within)
            try:
                connection.connect()
            except OSError as error:
                raise self._address.unreachable(error) from error
            self._connection = connection
        return self._connection


def patiently(attempt: Callable[[], T]) -> T:
    """Try something again, a few times, when the connection broke or nothing answers."""
    for pause in PAUSES:
        try:
            return attempt()
        except (AnswerLost, NoController):
            time.sleep(pause)
    return attempt()
