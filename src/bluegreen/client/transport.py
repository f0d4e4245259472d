"""Requests of the client without asyncio: a connection for each, over the standard library's HTTP."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import Any, TypeVar

from bluegreen.client.address import Address
from bluegreen.client.errors import AnswerLost, NoController
from bluegreen.client.events import ALIVE, Event, Reader
from bluegreen.client.wire import Ask, refusal

T = TypeVar("T")

PAUSE = 0.3
"""Seconds before something is tried again."""
GIVE_UP_AFTER = 30.0
"""Seconds without a controller after which nobody waits for it any longer."""


def _ignore(seconds: float) -> None:
    pass


class Transport:
    """What all methods of a client are made of."""

    def __init__(self, address: Address, within: float) -> None:
        self.address, self.within = address, within

    def ask(self, ask: Ask[T]) -> T:
        """Carry out one request; once more, with the same key, when its answer was lost with the connection."""
        headers, content = ask.headers(), ask.content()
        try:
            return self._once(ask, content, headers)
        except AnswerLost as lost:
            if isinstance(lost.__cause__, TimeoutError):  # it may be at work still, and asking again would wait again
                raise
            time.sleep(PAUSE)
            try:
                return self._once(ask, content, headers)
            except NoController:
                raise lost from None

    def _once(self, ask: Ask[T], content: bytes | None, headers: Mapping[str, str]) -> T:
        with self.answer(ask.method, ask.target, content, headers) as answer:
            said = answer.read()
            if answer.status >= 400:
                raise refusal(answer.status, answer.reason, said)
            return ask.read(said)

    def pages(self, first: Ask[list[T]]) -> Iterator[T]:
        """Everything of a list, page by page."""
        ask: Ask[Any] = first._replace(pick="")
        while True:
            page = self.ask(ask)
            yield from page[first.pick]
            following = page.get("next")
            if not following or not following.startswith("/v1/"):
                return
            ask = Ask("GET", following)

    @contextmanager
    def answer(
        self,
        method: str,
        target: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        endless: bool = False,
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer, to be read inside of the block; ``endless``: it may be silent for ever."""
        address = self.address
        sent = {**(headers or {}), **address.headers()}
        with closing(address.connection(self.within)) as connection:
            try:
                connection.connect()
            except OSError as error:
                raise address.unreachable(error) from error
            sock = connection.sock
            try:
                # A refusal may be there before the whole body was sent: it is read all the same.
                with suppress(BrokenPipeError):
                    connection.request(method, address.prefix + target, body, sent)
                answer = connection.getresponse()
                if endless:
                    sock.settimeout(None)
                yield answer
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise address.lost(error) from error

    def stream(self, ask: Ask[None], last: int | None = None) -> Iterator[Event]:
        """Server-sent events of one connection; `ALIVE` when it is open, and as a sign of life.

        It has no end of its own: ending, it broke. ``last``: the id of the last event that is known.
        """
        headers = {"Accept": "text/event-stream"}
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        reader = Reader()
        with self.answer(ask.method, ask.target, headers=headers) as answer:
            if answer.status != 200:
                raise refusal(answer.status, answer.reason, answer.read())
            yield ALIVE
            for line in answer:
                event = reader.line(line.decode(errors="replace").rstrip("\r\n"))
                if event is not None:
                    yield event

    def follow(
        self, ask: Ask[None], last: int | None = None, waiting: Callable[[float], None] = _ignore
    ) -> Iterator[Event]:
        """Events for ever: after a break they go on behind the last one that had an id.

        ``waiting`` is told for how many seconds no controller answers, and 0 when one does again.

        Raises:
            AnswerLost: none answered for `GIVE_UP_AFTER` seconds.
        """
        lost_at: float | None = None
        while True:
            try:
                for event in self.stream(ask, last):
                    if lost_at is not None:
                        lost_at = None
                        waiting(0.0)
                    last = event.id if event.id is not None else last
                    if event is not ALIVE:
                        yield event
            except (NoController, AnswerLost):
                pass
            now = time.monotonic()
            lost_at = lost_at or now
            if now - lost_at > GIVE_UP_AFTER:
                raise gone(self.address)
            waiting(now - lost_at)
            time.sleep(PAUSE)


def gone(address: Address) -> AnswerLost:
    """Nobody answers any more, and what was followed goes on by itself."""
    return AnswerLost(
        "The controller went away, so how this ends is not known. Users are served without it.",
        why=f"Nothing has answered at {address} for {GIVE_UP_AFTER:.0f} s.",
        cure="Start it again with `bluegreen serve`: it carries on by itself, and `bluegreen status` tells.",
    )
