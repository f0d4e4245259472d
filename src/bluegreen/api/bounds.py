"""A listening socket that lets in only so many connections at once, also such that never finish a TLS handshake."""

from __future__ import annotations

import contextlib
import resource
import socket
from collections import Counter
from typing import Any

from bluegreen.core.logins import network_of

MOST = 512
"""Connections of one listener; a dashboard holds one or two."""
LEAST = 64
_OTHERS = 400
"""Files that the controller needs besides, of those that it may open."""
_SILENT = 60_000
"""Milliseconds after which somebody who takes nothing of what is sent counts as gone."""


def most_connections() -> int:
    """How many connections a listener may hold, so that two of them leave files to open for everything else."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft < 0 else max(LEAST, min(MOST, (soft - _OTHERS) // 2))


class BoundedListener(socket.socket):
    """Listens; what comes beyond its bounds is closed at once. ``each``: connections from one address."""

    def __init__(self, family: int, *, most: int, each: int) -> None:
        # With its protocol named, asyncio sends at once (TCP_NODELAY); without, an answer in two parts takes 44 ms.
        super().__init__(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._most = most
        self._each = each
        self._open: Counter[str] = Counter()

    def accept(self) -> tuple[socket.socket, Any]:
        """As `socket.accept`; BlockingIOError when nobody waits."""
        while True:
            connection, address = super().accept()
            place = network_of(str(address[0]))
            if self._open.total() >= self._most or self._open[place] >= self._each:
                connection.close()
                continue
            self._open[place] += 1
            counted = _Counted(self._open, place, connection.detach())
            with contextlib.suppress(OSError, AttributeError):
                counted.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _SILENT)
            return counted, address


class _Counted(socket.socket):
    """A connection that gives its place back when it is closed."""

    def __init__(self, places: Counter[str], place: str, fd: int) -> None:
        super().__init__(fileno=fd)
        self._places: Counter[str] | None = places
        self._place = place

    def close(self) -> None:
        places, self._places = self._places, None
        if places is not None:
            places[self._place] -= 1
            if not places[self._place]:
                del places[self._place]
        super().close()


def listen_at(host: str, port: int, *, each: int | None = None) -> BoundedListener:
    """A bounded socket that listens there. Raises OSError when the address cannot be had."""
    most = most_connections()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = BoundedListener(family, most=most, each=each or most)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener
