"""One sampled answer while it is shown, piece by piece."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from bluegreen.evaluators.base import Exchange

LONGEST = 64 * 1024
"""Bytes of a body that are kept."""
MOST_PIECES = 20_000
STREAM = "text/event-stream"
ENCODINGS = {"": 0, "identity": 0, "gzip": 31, "x-gzip": 31, "deflate": 15}
"""zlib's window bits for each encoding that can be read."""


@dataclass
class Sample:
    """What is known of it so far; times are seconds of the monotonic clock."""

    backend: str
    began: float
    method: str = ""
    path: str = ""
    """Without the query, which may hold secrets."""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    cut: bool = False
    ended: bool = False
    """Whether the answer came to its end."""
    pieces: list[tuple[float, int]] = field(default_factory=list)
    """When each piece of a stream came, and how many bytes of it are in ``body``."""

    @property
    def is_stream(self) -> bool:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() == STREAM

    @property
    def is_wanted(self) -> bool:
        """Whether it can be scored at all: a good answer with a body. Of errors `error_rate` judges."""
        kind = self.headers.get("content-type", "")
        bodiless = self.method == "HEAD" or self.status in (204, 205)
        return 200 <= self.status < 300 and not bodiless and not kind.startswith("application/grpc")

    @property
    def is_needed(self) -> bool:
        """Whether more of it would be of use."""
        return not self.ended and (not self.cut or self.is_stream)

    def asked(self, headers: dict[str, str]) -> None:
        self.method, self.path = headers.get(":method", ""), headers.get(":path", "").partition("?")[0]

    def answered(self, headers: dict[str, str], *, ended: bool) -> None:
        status = headers.get(":status", "")
        self.status = int(status) if status.isdigit() else 0
        self.headers, self.ended = headers, ended

    def take(self, data: bytes, at: float, *, ended: bool) -> None:
        """A further piece of the body."""
        room = LONGEST - len(self.body)
        self.body += data[:room]
        self.cut = self.cut or len(data) > room
        if data and len(self.pieces) < MOST_PIECES:
            self.pieces.append((at, min(len(data), room)))
        self.ended = ended

    def exchange(self) -> Exchange | None:
        """The whole of it, ready to be scored; None when its body cannot be read."""
        body, cut = self._decoded()
        if body is None:
            return None
        headers = {name: value for name, value in self.headers.items() if not name.startswith(":")}
        text = body.decode("utf-8", "replace")
        parsed = _parsed(body) if not cut else None
        return Exchange(self.method, self.path, b"", self.status, headers, body, text, parsed, cut)

    def _decoded(self) -> tuple[bytes | None, bool]:
        """The body as it was before it was packed, and whether it is cut."""
        bits = ENCODINGS.get(self.headers.get("content-encoding", "").strip().lower())
        if bits is None:
            return None, self.cut
        if bits == 0:
            return bytes(self.body), self.cut
        unpack = zlib.decompressobj(bits)
        try:
            plain = unpack.decompress(bytes(self.body), LONGEST)
        except zlib.error:
            return None, self.cut
        return plain, self.cut or bool(unpack.unconsumed_tail)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
