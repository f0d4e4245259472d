"""Server-sent events out of pieces of an answer (WHATWG HTML, section 9.2.6: interpreting an event stream)."""

from __future__ import annotations

LONGEST = 1 << 20
"""Characters of one event; what is longer is dropped up to its end, and counted."""


class SseReader:
    """Takes an answer in pieces, cut anywhere, and gives the data of each event that is complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[str] = []
        self._size = 0
        self._began = False
        self.too_long = 0
        """Events that were dropped because of their length."""

    def feed(self, piece: bytes) -> list[str]:
        """The ``data`` of the events that end in this piece; comments and other fields are passed over."""
        # A piece that ends in CR may be half of CR LF: its line ends with the next piece.
        lines = (self._rest + piece).replace(b"\r\n", b"\n")
        held = b"\r" if lines.endswith(b"\r") else b""
        *whole, rest = lines[: len(lines) - len(held)].replace(b"\r", b"\n").split(b"\n")
        self._rest = rest + held
        if len(self._rest) > LONGEST:
            self._rest, self._size = b"data:", LONGEST + 1
        events = []
        for line in whole:
            if (event := self._line(line)) is not None:
                events.append(event)
        return events

    def _line(self, line: bytes) -> str | None:
        if not self._began:
            self._began = True
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        if name == b"data":
            text = value.removeprefix(b" ").decode("utf-8", "replace")
            self._size += len(text) + 1
            if self._size <= LONGEST:
                self._data.append(text)
        return None

    def _dispatch(self) -> str | None:
        data, size = self._data, self._size
        self._data, self._size = [], 0
        if size > LONGEST:
            self.too_long += 1
            return None
        return "\n".join(data) if data else None
