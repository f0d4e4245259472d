"""The writer's lock: two writers would overwrite each other's routes."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from bluegreen.core.errors import PermanentError


class WriterLock:
    """Held until `release` or the end of our process, however it ends."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._fd: int | None = None

    def acquire(self) -> None:
        """Take it. Raises PermanentError naming who has it."""
        fd = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(fd, 100).decode(errors="replace").strip() or "unknown"
            os.close(fd)
            raise PermanentError(
                f"another controller writes the routes in {self._file.parent}",
                why=f"the process with pid {holder} holds {self._file.name}",
                cure="stop it first, or use another --home",
            ) from error
        self._fd = fd
        # A full disk takes no more than the pid from the one who is refused.
        with contextlib.suppress(OSError):
            os.ftruncate(fd, 0)
            os.write(fd, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Give it back."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
