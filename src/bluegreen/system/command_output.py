"""What a command writes: its end kept for messages, all of it in a log file, both bounded and without secrets."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from bluegreen.core.output import Mask, printable

TAIL = 4096
LOG_LIMIT = 16 << 20

_CHUNK = 1 << 16
_PIPE_HOLDS = 16
"""Chunks that a pipe can hold at most, by the system's own limit."""


class CommandOutput:
    """Takes output in pieces. A full disk costs the log, never the command."""

    def __init__(self, mask: Mask, log: Path | None) -> None:
        self._mask = mask
        self._open = b""
        self._tail = b""
        self._cut = False
        self._room = LOG_LIMIT
        self._log = _open_log(log) if log else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._take(self._open)
        self._open = b""
        if self._log:
            self._log.close()

    def feed(self, data: bytes) -> None:
        """Take a piece in. What may be the beginning of a secret waits for the next one."""
        masked = self._mask.data(self._open + data)
        done = max(0, len(masked) - max(0, self._mask.longest - 1))
        self._open = masked[done:]
        self._take(masked[:done])

    def drain(self, fd: int) -> None:
        """Take in what is left in a pipe that does not block."""
        for _ in range(_PIPE_HOLDS):
            try:
                data = os.read(fd, _CHUNK)
            except BlockingIOError:
                return
            if not data:
                return
            self.feed(data)

    def tail(self) -> str:
        """The end of all output so far, in whole lines where it has lines."""
        tail = self._tail + self._open
        cut = self._cut or len(tail) > TAIL
        text = printable(tail[-TAIL:].decode("utf-8", "replace"))
        if not cut:
            return text
        return f"…\n{text.partition(chr(10))[2]}" if "\n" in text.rstrip("\n") else f"…{text}"

    def _take(self, masked: bytes) -> None:
        self._cut = self._cut or len(self._tail) + len(masked) > TAIL
        self._tail = (self._tail + masked)[-TAIL:]
        if self._log is None or self._room <= 0:
            return
        try:
            self._log.write(masked[: self._room])
        except OSError:
            self._room = 0
            return
        self._room -= len(masked)
        if self._room <= 0:
            self._say_that_it_is_full()

    def _say_that_it_is_full(self) -> None:
        assert self._log is not None
        try:
            self._log.write(b"\n[more than 16 MB: the rest is left out]\n")
        except OSError:
            return


def _open_log(path: Path) -> BinaryIO | None:
    try:
        if path.exists() and path.stat().st_size >= LOG_LIMIT:
            path.replace(path.with_name(f"{path.name}.1"))
        return open(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab", buffering=0)
    except OSError:
        return None
