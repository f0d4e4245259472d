"""The web server: the shop's page and its API."""

from __future__ import annotations

import argparse
import asyncio
import html
import json
import math
import os
import string
from pathlib import Path
from typing import Any

from shop import websocket
from shop.ask import Peer, Unavailable
from shop.message import Answer, BadRequest, Request, head
from shop.server import Handler, Server

FOLDER = Path(__file__).parent.parent
TICK = 0.1
"""Seconds between two events of ``/events``."""
SLOW = 0.15
"""Seconds by which a release that has become slow answers later."""


class Shop:
    """One release of the shop: its catalogue and its page, read once at the start."""

    def __init__(self, release: str, color: str, ranker: Peer) -> None:
        self.release, self.color, self._ranker = release, color, ranker
        catalogue = json.loads((FOLDER / "catalogue.json").read_text(encoding="utf-8"))
        self._headline: str = catalogue["headline"]
        self._items: list[dict[str, Any]] = catalogue["items"]
        self._slow_after: int | None = catalogue.get("slow_after")
        self._asked = 0
        self._page = string.Template((FOLDER / "page.html").read_text(encoding="utf-8"))
        self.headers = {"x-release": release, "x-color": color}

    async def page(self, _: Request) -> Answer:
        lines = (f"<li><span>{html.escape(i['name'])}</span><b>{i['price']} €</b>" for i in self._items)
        text = self._page.substitute(
            release=html.escape(self.release),
            color=html.escape(self.color),
            headline=html.escape(self._headline),
            items="".join(lines),
        )
        return Answer(body=text.encode(), type="text/html; charset=utf-8")

    async def healthz(self, _: Request) -> Answer:
        return Answer(body=b"ok\n")

    async def items(self, _: Request) -> Answer:
        try:
            answer = await self._ranker.post("/rank", {"items": self._items})
        except Unavailable as error:
            return Answer.json({"error": f"the ranker does not answer: {error}"}, 503)
        by_name = {item["name"]: item for item in self._items}
        items = [by_name[name] for name in answer["order"]]
        return Answer.json({"release": self.release, "color": self.color, "count": len(items), "items": items})

    async def echo(self, request: Request) -> Answer:
        """The body again; every answer carries its SHA-256 in Content-Digest."""
        return Answer(body=request.body, type="application/octet-stream")

    async def slow(self, request: Request) -> Answer:
        try:
            seconds = float(request.query.get("seconds", "1"))
        except ValueError:
            raise BadRequest(400, "seconds is not a number") from None
        if not (math.isfinite(seconds) and 0 <= seconds <= 600):
            raise BadRequest(400, "seconds must lie between 0 and 600")
        await asyncio.sleep(seconds)
        return Answer.json({"release": self.release, "color": self.color, "slept": seconds})

    async def events(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Server-sent events, one each tenth of a second, numbered from 0, until we stop."""
        stream = {"content-type": "text/event-stream", "cache-control": "no-store"}
        writer.write(head(200, {**stream, "transfer-encoding": "chunked", **self.headers}))
        if request.method == "HEAD":
            return
        number = 0
        try:
            while True:
                data = json.dumps({"release": self.release, "color": self.color, "number": number})
                event = f"id: {number}\ndata: {data}\n\n".encode()
                writer.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")
                await writer.drain()
                await asyncio.sleep(TICK)
                number += 1
        finally:
            writer.write(b"0\r\n\r\n")

    async def socket(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A WebSocket that answers each message with the same message."""
        if "sec-websocket-key" not in request.headers:
            answer = Answer(426, b"this is a WebSocket\n", headers={"upgrade": "websocket"})
            writer.write(answer.encode(head_only=False, close=True))
            return
        writer.write(websocket.accept(request, self.headers))
        code = 1001  # Going away: what holds when we are cancelled.
        try:
            while True:
                writer.write(websocket.frame(*await websocket.receive(reader, writer)))
                await writer.drain()
        except websocket.Closed as closed:
            code = closed.code
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.write(websocket.frame(websocket.CLOSE, code.to_bytes(2, "big")))

    def _tiring(self, handler: Handler) -> Handler:
        """Slow after so many requests as the catalogue says: no check asks so often, users do."""

        async def answer(request: Request) -> Answer:
            self._asked += 1
            if self._slow_after is not None and self._asked > self._slow_after:
                await asyncio.sleep(SLOW)
            return await handler(request)

        return answer

    def server(self) -> Server:
        handlers = {
            ("GET", "/"): self._tiring(self.page),
            ("GET", "/healthz"): self.healthz,
            ("GET", "/api/items"): self._tiring(self.items),
            ("POST", "/api/echo"): self._tiring(self.echo),
            ("GET", "/api/slow"): self.slow,
        }
        return Server(handlers, {"/events": self.events, "/ws": self.socket}, self.headers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    env = os.environ
    ranker = Peer(env.get("RANKER_URL", "http://127.0.0.1:8090"))
    shop = Shop(env.get("BLUEGREEN_RELEASE", "dev"), env.get("BLUEGREEN_COLOR", "none"), ranker)
    asyncio.run(shop.server().run(port))


if __name__ == "__main__":
    main()
