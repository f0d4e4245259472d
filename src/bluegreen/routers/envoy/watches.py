"""How many more files Envoy may watch."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable

from bluegreen.core.errors import PermanentError
from bluegreen.routers.envoy.part import Part


def needed(parts: Iterable[Part]) -> int:
    """Files that Envoy watches for these applications, each with an inotify instance of its own."""
    parts = list(parts)
    public = {part.routing.address for part in parts if part.routing.address is not None}
    return len(public) + sum(1 for part in parts if part.routing.tls)


def check_watches(app: str, count: int) -> None:
    """Raises PermanentError when Envoy could not watch so many more files: it would end itself, and serve nobody."""
    libc = ctypes.CDLL(None, use_errno=True)
    opened: list[int] = []
    try:
        for _ in range(count):
            fd = libc.inotify_init1(os.O_CLOEXEC)
            if fd < 0:
                raise PermanentError(
                    f"{app}: no further file can be watched",
                    why=f"this user's inotify instances are used up: {os.strerror(ctypes.get_errno())}",
                    cure="allow more: sysctl fs.inotify.max_user_instances=1024",
                )
            opened.append(fd)
    finally:
        for fd in opened:
            os.close(fd)
