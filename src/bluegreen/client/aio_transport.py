"""Requests of the client for asyncio, over httpx2."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import httpx2

from bluegreen.client.address import Address, AtHome
from bluegreen.client.errors import AnswerLost, NoController
from bluegreen.client.events import ALIVE, Event, Reader
from bluegreen.client.transport import GIVE_UP_AFTER, PAUSE, gone
from bluegreen.client.wire import Ask, refusal

T = TypeVar("T")


class AsyncTransport:
    """What all methods of an asynchronous client are made of. As `Transport`, with connections that are kept."""

    def __init__(self, address: Address, within: float) -> None:
        self.address, self.within = address, within
        if isinstance(address, AtHome):
            base, over = "http://localhost", httpx2.AsyncHTTPTransport(uds=str(address.socket))
        else:
            base = address.url
            over = httpx2.AsyncHTTPTransport(verify=address.tls() if address.secure else False, trust_env=False)
        self._http = httpx2.AsyncClient(base_url=base, transport=over, trust_env=False)

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(self, ask: Ask[T]) -> T:
        """Carry out one request; once more, with the same key, when its answer was lost with the connection."""
        headers, content = ask.headers(), ask.content()
        try:
            return await self._once(ask, content, headers)
        except AnswerLost as lost:
            if isinstance(lost.__cause__, httpx2.TimeoutException):
                raise
            await asyncio.sleep(PAUSE)
            try:
                return await self._once(ask, content, headers)
            except NoController:
                raise lost from None

    async def _once(self, ask: Ask[T], content: bytes | None, headers: Mapping[str, str]) -> T:
        async with self.answer(ask.method, ask.target, content, headers) as answer:
            said = await answer.aread()
            if answer.status_code >= 400:
                raise refusal(answer.status_code, answer.reason_phrase, said)
            return ask.read(said)

    async def pages(self, first: Ask[list[T]]) -> AsyncIterator[T]:
        """Everything of a list, page by page."""
        ask: Ask[Any] = first._replace(pick="")
        while True:
            page = await self.ask(ask)
            for one in page[first.pick]:
                yield one
            following = page.get("next")
            if not following or not following.startswith("/v1/"):
                return
            ask = Ask("GET", following)

    @asynccontextmanager
    async def answer(
        self,
        method: str,
        target: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        endless: bool = False,
    ) -> AsyncIterator[httpx2.Response]:
        """The answer, to be read inside of the block; ``endless``: it may be silent for ever."""
        address = self.address
        # What gives a fresh token may ask somebody for it.
        sent = {**(headers or {}), **await asyncio.to_thread(address.headers)}
        timeout = httpx2.Timeout(None if endless else self.within, connect=self.within)
        try:
            async with self._http.stream(method, target, content=content, headers=sent, timeout=timeout) as answer:
                yield answer
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise address.unreachable(_cause(error)) from error
        except (httpx2.HTTPError, ValueError) as error:
            raise address.lost(_cause(error)) from error

    async def stream(self, ask: Ask[None], last: int | None = None) -> AsyncIterator[Event]:
        """Server-sent events of one connection; `ALIVE` when it is open, and as a sign of life."""
        headers = {"Accept": "text/event-stream"}
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        reader = Reader()
        async with self.answer(ask.method, ask.target, headers=headers) as answer:
            if answer.status_code != 200:
                raise refusal(answer.status_code, answer.reason_phrase, await answer.aread())
            yield ALIVE
            async for line in answer.aiter_lines():
                event = reader.line(line)
                if event is not None:
                    yield event

    async def follow(self, ask: Ask[None], last: int | None = None) -> AsyncIterator[Event]:
        """Events for ever: after a break they go on behind the last one that had an id.

        Raises:
            AnswerLost: none answered for `GIVE_UP_AFTER` seconds.
        """
        lost_at: float | None = None
        while True:
            try:
                async for event in self.stream(ask, last):
                    lost_at = None
                    last = event.id if event.id is not None else last
                    if event is not ALIVE:
                        yield event
            except (NoController, AnswerLost):
                pass
            now = time.monotonic()
            lost_at = lost_at or now
            if now - lost_at > GIVE_UP_AFTER:
                raise gone(self.address)
            await asyncio.sleep(PAUSE)


def _cause(error: Exception) -> Exception:
    """What the system said, where it said something: it tells more than the library's own words."""
    if isinstance(error, httpx2.TimeoutException):
        return TimeoutError()
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError):
            return inner
        inner = inner.__cause__ or inner.__context__
    return error
