"""Server-sent events, read line by line."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Event(NamedTuple):
    """One event; ``kind`` "" stands for a sign of life without content."""

    kind: str
    data: Any = None
    id: int | None = None


ALIVE = Event("")


class Reader:
    """Puts the lines of a stream together into events."""

    def __init__(self) -> None:
        self._kind, self._id = "message", ""
        self._data: list[str] = []

    def line(self, line: str) -> Event | None:
        """Take one line without its end; the event that it completes. Raises ValueError: its data is no JSON."""
        if not line:
            return self._whole()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not name:
            return ALIVE
        if name == "event":
            self._kind = value
        elif name == "id":
            self._id = value
        elif name == "data":
            self._data.append(value)
        return None

    def _whole(self) -> Event | None:
        kind, number, data = self._kind, self._id, self._data
        self._kind, self._id, self._data = "message", "", []
        if not data:
            return None
        return Event(kind, json.loads("\n".join(data)), int(number) if number.isdecimal() else None)
