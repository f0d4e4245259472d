"""What the load client is to send."""

from __future__ import annotations

import random
from dataclasses import dataclass
from urllib.parse import urlsplit

BLOCK = random.Random(20).randbytes(1 << 16)  # noqa: S311 - bytes that do not compress, not a secret
"""What bodies are cut from."""


@dataclass(frozen=True)
class Plan:
    """A constant load. Times are in seconds, sizes in bytes."""

    url: str
    """``http://host:port``."""
    gets: tuple[str, ...] = ("/",)
    posts: tuple[str, ...] = ()
    """Paths that answer a body with the same body. Requests take turns over ``gets`` and ``posts``."""
    events: tuple[str, ...] = ()
    """Paths of server-sent events, each watched by one stream."""
    sockets: tuple[str, ...] = ()
    """Paths of WebSockets that echo, each watched by one stream."""
    stream_seconds: float | None = None
    """How long a stream is watched before we end it ourselves and open it again; None: until the load stops."""
    rate: float | None = 500.0
    """Requests a second on a constant schedule; None: as many as the connections take, one after the other."""
    connections: int = 16
    fresh: float = 0.0
    """Share of requests, 0 to 1, that each get a connection of their own."""
    body: int = 512
    """Size of the body of a POST, up to 65,536."""
    timeout: float = 10.0
    host: str | None = None
    """The Host header; None: what the URL says."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port to connect to. Raises ValueError where the URL is not one of plain HTTP."""
        parts = urlsplit(self.url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"{self.url} is not of the form http://host:port")
        return parts.hostname, parts.port or 80

    @property
    def authority(self) -> str:
        return self.host or urlsplit(self.url).netloc

    def is_fresh(self, number: int) -> bool:
        """Whether this request gets a connection of its own: spread evenly."""
        return int((number + 1) * self.fresh) != int(number * self.fresh)

    def body_of(self, number: int) -> bytes:
        """The body of this POST, unlike that of any other."""
        return (b"%d:" % number + BLOCK)[: self.body]
