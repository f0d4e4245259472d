"""The newest entries of one application as they are streamed, bounded in bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bluegreen.core.events import Entry
from bluegreen.engine.entries import entry_line

Style = Literal["kind", "entry"]
"""What the events of a stream are called: each by the kind of its entry, or all of them ``entry``."""
CHUNK = 1 << 18
"""Bytes after which no further entry is given at a time."""


@dataclass(frozen=True, slots=True)
class Line:
    """One entry, encoded."""

    seq: int
    kind: str
    data: bytes

    @classmethod
    def of(cls, entry: Entry) -> Line:
        return cls(entry.seq, entry.event.kind, entry_line(entry))

    def framed(self, style: Style) -> bytes:
        name = self.kind if style == "kind" else style
        return b"id: %d\nevent: %b\ndata: %b\n\n" % (self.seq, name.encode(), self.data)


def framed(lines: Iterable[Line], after: int, style: Style) -> tuple[bytes, int]:
    """The lines behind a place, as many as fit into a chunk, as server-sent events; and the place behind them."""
    parts, size = [], 0
    for line in lines:
        if line.seq > after and size < CHUNK:
            parts.append(line.framed(style))
            size += len(parts[-1])
            after = line.seq
    return b"".join(parts), after


class Ring:
    """Every entry that came after ``begins``."""

    def __init__(self, begins: int, most: int) -> None:
        self.begins = self.newest = begins
        self._most = most
        self._lines: deque[Line] = deque()
        self._bytes = 0

    def add(self, entry: Entry) -> None:
        line = Line.of(entry)
        self._lines.append(line)
        self._bytes += len(line.data)
        self.newest = line.seq
        while self._bytes > self._most:
            oldest = self._lines.popleft()
            self._bytes -= len(oldest.data)
            self.begins = oldest.seq

    def between(self, after: int, until: int) -> list[Line]:
        """Those with ``after < seq <= until``, oldest first."""
        found = []
        for line in reversed(self._lines):
            if line.seq <= after:
                break
            if line.seq <= until:
                found.append(line)
        found.reverse()
        return found
