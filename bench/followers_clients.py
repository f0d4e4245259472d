"""The dashboards of `bench.followers`: raw connections, so that they cost little beside the controller.

``python -m bench.followers_clients PORT TOKEN COUNT SECONDS APP…`` follows these applications in turn, and prints
JSON: for each follower the application, how many entries, the first and the last, a digest of all their numbers; and
delays.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

ID = re.compile(rb"^id: (\d+)$", re.MULTILINE)
ENTRY_AT = re.compile(rb'^event: entry\ndata: \{"seq":\d+,"app":"[^"]+","at":([\d.]+)', re.MULTILINE)
FIGURES_AT = re.compile(rb'^event: figures\ndata: \{"at":([\d.]+)', re.MULTILINE)


@dataclass(frozen=True)
class Read:
    """What some bytes of a stream say."""

    ids: tuple[bytes, ...]
    oldest: float | None
    """When the first of the entries was made."""
    figures: tuple[float, ...]
    """When figures were."""


@lru_cache(maxsize=256)
def read(text: bytes) -> Read:
    """Nearly all followers get the same bytes: they are looked through once, or this would need more than a core."""
    text = text.replace(b"\r", b"")
    oldest = ENTRY_AT.search(text)
    figures = tuple(float(at) for at in FIGURES_AT.findall(text))
    return Read(tuple(ID.findall(text)), float(oldest[1]) if oldest else None, figures)


@dataclass
class Follower(asyncio.Protocol):
    """One stream. Chunked framing stands between events, never inside of a line that is read here: it is cut off."""

    app: str
    token: str
    ids: int = 0
    first: int = 0
    last: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    entries: list[float] = field(default_factory=list)
    figures: list[tuple[float, float]] = field(default_factory=list)
    """When they came, and when they were made."""
    opened: float = 0.0
    first_figures: float = 0.0
    lost: bool = False
    _rest: bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.opened = time.time()
        head = f"GET /v1/apps/{self.app}/live HTTP/1.1\r\nhost: localhost\r\n"
        transport.write(f"{head}authorization: Bearer {self.token}\r\n\r\n".encode())

    def data_received(self, data: bytes) -> None:
        text = self._rest + data
        end = text.rfind(b"\n\n") + 2
        if end < 2:
            self._rest = text
            return
        self._rest, found, now = text[end:], read(text[:end]), time.time()
        if found.ids:
            self.first = self.first or int(found.ids[0])
            self.last = int(found.ids[-1])
            self.ids += len(found.ids)
            self.digest.update(b",".join(found.ids) + b",")
        if found.oldest is not None:
            self.entries.append(now - found.oldest)
        self.figures += [(now, at) for at in found.figures]

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True

    def told(self) -> dict[str, Any]:
        gaps = [b[0] - a[0] for a, b in zip(self.figures, self.figures[1:], strict=False)]
        return {
            "app": self.app,
            "entries": self.ids,
            "first": self.first,
            "last": self.last,
            "digest": self.digest.hexdigest(),
            "delays": [round(delay, 4) for delay in self.entries],
            "figures": [round(came - made, 4) for came, made in self.figures],
            "first_figures": round(self.figures[0][0] - self.opened, 3) if self.figures else None,
            "gap": round(max(gaps), 3) if gaps else None,
            "lost": self.lost,
        }


async def main(port: int, token: str, count: int, seconds: float, apps: list[str]) -> None:
    loop = asyncio.get_running_loop()
    followers = [Follower(apps[n % len(apps)], token) for n in range(count)]
    transports = []
    for follower in followers:
        transport, _ = await loop.create_connection(lambda f=follower: f, "127.0.0.1", port)  # type: ignore[misc]
        transports.append(transport)
    await asyncio.sleep(2)
    print("following", flush=True)
    await asyncio.sleep(seconds)
    print(json.dumps([follower.told() for follower in followers]), flush=True)
    for transport in transports:
        transport.abort()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5:]))
