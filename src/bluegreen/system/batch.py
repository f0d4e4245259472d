"""Many small contents in one stream: a line ``SHA256 BYTES`` before each."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from pathlib import Path
from types import TracebackType

from bluegreen.core.errors import InvalidInput
from bluegreen.system.contents import KEPT_MODE, Contents, damaged
from bluegreen.system.faults import point
from bluegreen.system.whole_folder import flush

LARGEST = 4 << 20
"""Bytes of one content: larger ones are sent alone, so that they can be resumed."""
MOST = 10_000
_HEAD = re.compile(rb"([0-9a-f]{64}) ([0-9]{1,10})")
_LONGEST_HEAD = 76


class Batch:
    """Takes the stream as it comes; all of its contents are kept at the end, or none.

    Raises (every method): InvalidInput, OSError.
    """

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._received: list[tuple[Path, str]] = []
        self._rest = b""
        self._head: tuple[str, int] | None = None

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        for path, _name in self._received:
            path.unlink(missing_ok=True)

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        data, at = self._rest + chunk, 0
        while True:
            if self._head is None:
                end = data.find(b"\n", at, at + _LONGEST_HEAD)
                if end < 0:
                    if len(data) - at >= _LONGEST_HEAD:
                        raise _unreadable("A line `SHA256 BYTES` has to stand before each file.")
                    break
                self._head, at = self._read_head(data[at:end]), end + 1
            sha256, size = self._head
            if len(data) - at < size:
                break
            self._take(sha256, memoryview(data)[at : at + size])
            self._head, at = None, at + size
        self._rest = data[at:]

    def finish(self) -> int:
        """Keep everything; how many contents there were."""
        if self._rest or self._head:
            raise _unreadable("It ends in the middle of a file.")
        flush(self._contents.unfinished)
        point("before keeping a batch")
        for path, sha256 in self._received:
            self._contents.keep(path, sha256)
        count = len(self._received)
        self._received.clear()
        point("after keeping a batch")
        return count

    def _read_head(self, line: bytes) -> tuple[str, int]:
        found = _HEAD.fullmatch(line)
        if not found or int(found[2]) > LARGEST or len(self._received) >= MOST:
            raise _unreadable(f"A batch holds at most {MOST} files of at most {LARGEST} bytes, each behind its line.")
        return found[1].decode(), int(found[2])

    def _take(self, sha256: str, content: memoryview) -> None:
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise damaged(sha256, found)
        if self._contents.has(sha256):
            return
        path = self._contents.incoming()
        self._received.append((path, sha256))
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEPT_MODE), "wb", buffering=0) as file:
            written = file.write(content)
        if written != len(content):  # the disk has just become full: the next write says so
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _unreadable(why: str) -> InvalidInput:
    return InvalidInput("The batch of files cannot be read.", why=why, cure="See docs/reference/client.md.")
