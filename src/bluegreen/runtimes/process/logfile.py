"""One log file, to which processes append by themselves, kept to a bounded size and read while that happens."""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

LARGEST = 32 << 20
"""Bytes from which on a log is rotated."""
KEPT = 3
"""Rotated files beside the current one."""
_CHUNK = 1 << 20
_TAIL_CHUNK = 64 << 10
_LONGEST_TAIL = 8 << 20


class LogFile:
    """A log whose processes never open it again: it is rotated by copying it away and cutting it.

    A *position* counts every byte since this object was made, also those that were cut off since.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._cut = 0
        self._lock = threading.Lock()

    @property
    def end(self) -> int:
        """The position after the newest byte."""
        return self._cut + _size(self.path)

    def append(self, line: str) -> None:
        """Write a line of our own between those of the processes. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, f"{line}\n".encode())
        finally:
            os.close(fd)

    def read(self, position: int) -> tuple[bytes, int]:
        """At most a megabyte from there on, and the position after it; what a rotation took away comes from the
        rotated file."""
        with self._lock:
            if position < self._cut:
                return _read_end(self._rotated(1), self._cut - position), self._cut
            data = _read(self.path, position - self._cut, _CHUNK)
            return data, position + len(data)

    def tail(self, lines: int, *, since: int | None = None) -> tuple[list[str], int]:
        """The last whole lines, oldest first, and the position after them.

        With ``since`` only what was written after that position.
        """
        data = b""
        with self._lock:
            end = self.end
            at_most = _LONGEST_TAIL if since is None else min(end - since, _LONGEST_TAIL)
            for path in (self.path, *map(self._rotated, range(1, KEPT + 1))):
                if data.count(b"\n") > lines or len(data) >= at_most:
                    break
                limit = end - self._cut if path is self.path else _size(path)
                data = _read_tail(path, limit, lines + 1 - data.count(b"\n"), at_most - len(data)) + data
        *whole, partial = data.split(b"\n")
        kept = whole[-lines:] if lines > 0 else []
        return [line.decode(errors="replace") for line in kept], end - len(partial)

    def last_words(self, lines: int, *, since: int) -> list[str]:
        """The last lines after that position, also one that was not ended."""
        whole, end = self.tail(lines, since=since)
        partial = self.read(end)[0].decode(errors="replace")
        return [*whole, partial][-lines:] if partial else whole

    def rotate(self) -> None:
        """Copy the log away and cut it; blocks for as long as the copying takes.

        However much was written, at most twice `LARGEST` is copied: what a flood wrote before that is lost. It is also
        cut when there is no space for the copy, for that is when it matters most.
        """
        with self.path.open("r+b") as log:
            for number in range(KEPT, 1, -1):
                with contextlib.suppress(FileNotFoundError):
                    os.replace(self._rotated(number - 1), self._rotated(number))
            log.seek(max(0, _size(self.path) - 2 * LARGEST))
            with contextlib.suppress(OSError), open(self._rotated(1), "wb", opener=_private) as copy:
                _copy(log.fileno(), copy.fileno(), 2 * LARGEST)
            with self._lock:
                self._cut += _size(self.path)
                log.truncate(0)

    def _rotated(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _copy(source: int, target: int, at_most: int) -> None:
    while at_most > 0 and (data := os.read(source, min(_CHUNK, at_most))):
        os.write(target, data)
        at_most -= len(data)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _read(path: Path, offset: int, at_most: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(at_most)
    except FileNotFoundError:
        return b""


def _read_end(path: Path, size: int) -> bytes:
    return _read(path, max(0, _size(path) - size), size)


def _read_tail(path: Path, end: int, lines: int, at_most: int) -> bytes:
    """What lies before the offset ``end``, with at least so many line ends if it has them; in growing steps, for
    lines are mostly short."""
    whole, size = min(end, at_most), 0
    data = b""
    while size < whole and data.count(b"\n") < lines:
        size = min(max(2 * size, _TAIL_CHUNK), whole)
        data = _read(path, end - size, size)
    return data
