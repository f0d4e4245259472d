"""HTTP/1.1 answers, parsed without any I/O: bytes in, whole answers or the reason why not out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass


class Broken(Exception):
    """A request that was sent, or could not be sent, and got no whole and right answer."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind
        """refused, reset, closed (before an answer), truncated, timeout, malformed, wrong body, or ``status NNN``."""
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole answer. Header names are in lower case."""

    status: int
    headers: Mapping[bytes, bytes]
    body: bytes
    reusable: bool
    """Whether the connection may carry another request."""

    @property
    def served(self) -> tuple[str, str]:
        """Release and colour that gave it, from ``x-release`` and ``x-color`` or the JSON body; empty: not said."""
        release = self.headers.get(b"x-release")
        if release is not None:
            return release.decode("latin-1"), self.headers.get(b"x-color", b"").decode("latin-1")
        if self.headers.get(b"content-type", b"").startswith(b"application/json"):
            try:
                value = json.loads(self.body)
            except ValueError:
                return "", ""
            if isinstance(value, dict):
                return str(value.get("release", "")), str(value.get("color", ""))
        return "", ""


def parse_head(head: bytes) -> tuple[int, dict[bytes, bytes]]:
    """Status and headers of the bytes before the empty line. Raises Broken."""
    first, *lines = head.split(b"\r\n")
    if not first.startswith(b"HTTP/1.") or not first[9:12].isdigit():
        raise Broken("malformed", f"not a status line: {first[:80]!r}")
    headers: dict[bytes, bytes] = {}
    for line in lines:
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    return int(first[9:12]), headers


class AnswerParser:
    """Parses one answer of a request that is not HEAD."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._status = 0
        self._headers: dict[bytes, bytes] = {}
        self._body_at = 0
        self._length: int | None = None
        self._chunks: ChunkDecoder | None = None

    @property
    def begun(self) -> bool:
        return bool(self._buffer or self._status)

    def feed(self, data: bytes) -> Answer | None:
        """The answer as soon as it is whole. Raises Broken when it cannot be parsed."""
        if self._status and self._chunks:
            return self._answer(self._chunks.body) if self._chunks.feed(data) else None
        self._buffer += data
        if not self._status and not self._read_head():
            return None
        if self._chunks:
            rest = bytes(self._buffer[self._body_at :])
            return self._answer(self._chunks.body) if self._chunks.feed(rest) else None
        if self._length is None or (missing := self._body_at + self._length - len(self._buffer)) > 0:
            return None
        if missing < 0:
            raise Broken("malformed", f"{-missing} bytes too many after the answer")
        return self._answer(self._buffer[self._body_at :])

    def end(self) -> Answer:
        """The answer, where the end of the connection is the end of its body. Raises Broken where it is not."""
        if not self.begun:
            raise Broken("closed", "the connection ended before an answer")
        if not self._status:
            raise Broken("truncated", "the connection ended within the head of the answer")
        if self._length is None and self._chunks is None:
            return self._answer(self._buffer[self._body_at :])
        got = len(self._chunks.body) if self._chunks else len(self._buffer) - self._body_at
        wanted = self._length if self._length is not None else "chunks up to the last"
        raise Broken("truncated", f"the connection ended after {got} bytes of the body, wanted {wanted}")

    def _read_head(self) -> bool:
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            status, headers = parse_head(bytes(self._buffer[:end]))
            if 100 <= status < 200 and status != 101:
                del self._buffer[: end + 4]  # an interim answer
                continue
            self._status, self._headers, self._body_at = status, headers, end + 4
            self._choose_framing()
            return True
        return False

    def _choose_framing(self) -> None:
        if self._status in (101, 204, 304):
            self._length = 0
        elif self._headers.get(b"transfer-encoding", b"").lower() == b"chunked":
            self._chunks = ChunkDecoder()
        elif (length := self._headers.get(b"content-length")) is not None:
            if not length.isdigit():
                raise Broken("malformed", f"Content-Length is {length[:40]!r}")
            self._length = int(length)

    def _answer(self, body: bytes | bytearray) -> Answer:
        framed = self._length is not None or self._chunks is not None
        reusable = framed and self._headers.get(b"connection", b"").lower() != b"close"
        return Answer(self._status, self._headers, bytes(body), reusable)


class ChunkDecoder:
    """Decodes a body in chunks, fed in pieces."""

    def __init__(self) -> None:
        self.body = bytearray()
        self._buffer = bytearray()
        self._left = 0
        """Bytes that are missing of the chunk under way, its line end included."""
        self._last = False

    def feed(self, data: bytes) -> bool:
        """Whether the body is whole now. Raises Broken."""
        self._buffer += data
        while True:
            if self._left:
                taken = self._buffer[: self._left]
                del self._buffer[: self._left]
                # The two last bytes of a chunk are its line end.
                self.body += taken[: max(0, self._left - 2)]
                self._left -= len(taken)
                if self._left:
                    return False
            end = self._buffer.find(b"\r\n")
            if end < 0:
                return False
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 2]
            if self._last:
                if not line:
                    return True  # else it was a trailer
                continue
            try:
                size = int(line.split(b";")[0], 16)
            except ValueError:
                raise Broken("malformed", f"a chunk's size is {line[:40]!r}") from None
            self._last = size == 0
            self._left = size + 2 if size else 0
