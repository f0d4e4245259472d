"""One sampled answer while it is shown, piece by piece."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from bluegreen.core.streaming import StreamFigures, StreamMeter
from bluegreen.evaluators.base import Exchange
from bluegreen.evaluators.exchange import exchange_of

LONGEST = 64 * 1024
"""Bytes of a body that are kept."""
STREAM = "text/event-stream"
ENCODINGS = {"": 0, "gzip": 31, "x-gzip": 31, "deflate": 15}
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
    meter: StreamMeter | None = None
    """Of a stream that can be read as it comes."""

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
        if self.is_stream and not self._encoding:
            self.meter = StreamMeter(self.began)

    def take(self, data: bytes, at: float, *, ended: bool) -> None:
        """A further piece of the body."""
        room = LONGEST - len(self.body)
        self.body += data[:room]
        self.cut = self.cut or len(data) > room
        if data and self.meter is not None:
            self.meter.feed(at, data)
        self.ended = ended

    def figures(self) -> StreamFigures | None:
        """What the stream was like, once; None where it cannot be read."""
        return self.meter.end("" if self.ended else "the stream broke off") if self.meter is not None else None

    def exchange(self) -> Exchange | None:
        """The whole of it, ready to be scored; None when its body cannot be read."""
        body, cut = self._decoded()
        if body is None:
            return None
        headers = {name: value for name, value in self.headers.items() if not name.startswith(":")}
        return exchange_of(self.method, self.path, b"", self.status, headers, body, cut=cut)

    @property
    def _encoding(self) -> str:
        encoding = self.headers.get("content-encoding", "").strip().lower()
        return "" if encoding == "identity" else encoding

    def _decoded(self) -> tuple[bytes | None, bool]:
        """The body as it was before it was packed, and whether it is cut."""
        bits = ENCODINGS.get(self._encoding)
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
