"""Free ports for tests, also of several that run at once."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from pathlib import Path

_RANGE = range(10_000, 20_000)
"""Outside of what the kernel gives to outgoing connections, and of what bluegreen gives to instances."""
_TURN = Path(tempfile.gettempdir(), f"bluegreen-test-ports-{os.getuid()}")
"""Counts the ports that were given away, by whatever process."""


def free_port() -> int:
    """One that nobody listens on, and that no other test gets before a whole round: what takes it may take its time.

    A port that was bound and let go of (``bind`` to port 0) would be given to the next one who asks for any.
    """
    with _TURN.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        turn = int(file.read() or 0)
        while not _is_free(port := _RANGE[turn % len(_RANGE)]):
            turn += 1
        file.truncate(0)
        file.write(str(turn + 1))
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True
