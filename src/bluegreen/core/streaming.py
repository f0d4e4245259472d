"""What a streamed answer was like for who read it: time to the first token, gaps, tokens a second, broken or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bluegreen.core.answers import stream_event
from bluegreen.core.sse import SseReader

GAPS_KEPT = 10_000
"""Gaps of one stream that are remembered; tokens beyond that are counted all the same."""


@dataclass(frozen=True)
class StreamFigures:
    """One streamed answer. Times are in seconds."""

    ttft: float | None
    """From the request's beginning to the first piece of text; None when none came."""
    tokens: int
    """As the stream tells (``usage``), else the pieces of text: model servers send a piece for each token."""
    seconds: float
    """From the first piece of text to the last one."""
    gaps: tuple[float, ...] = ()
    """Between one piece of text and the next."""
    broken: str = ""
    """Why the answer is not whole; empty when it is."""

    @property
    def tokens_per_second(self) -> float | None:
        """The pace of the tokens after the first: (tokens - 1) / seconds, the inverse of the "time per output token"
        of vLLM's and MLPerf's benchmarks. None when one cannot tell: fewer than two pieces, or all at once."""
        if self.tokens < 2 or not self.gaps or self.seconds <= 0:
            return None
        return (self.tokens - 1) / self.seconds

    @property
    def gap_p95(self) -> float | None:
        """What 95 of 100 of its gaps stay within. None when there is none."""
        return quantile(self.gaps, 0.95)


class StreamMeter:
    """Takes a streamed answer as its pieces come, with their times, and gives the figures at its end.

    Times are of any one clock that never goes back; ``asked`` is when the request was sent.
    """

    def __init__(self, asked: float) -> None:
        self._asked = asked
        self._reader = SseReader()
        self._first: float | None = None
        self._last = 0.0
        self._pieces = 0
        self._told: int | None = None
        self._gaps: list[float] = []
        self._whole = False
        self._tells = False
        self._error = ""

    @property
    def whole(self) -> bool:
        """Whether the stream has told that it is complete; streams of unknown shapes never do."""
        return self._whole

    def feed(self, at: float, piece: bytes) -> list[str]:
        """Take a piece that came at a time; the events that it completes."""
        events = self._reader.feed(piece)
        for event in events:
            self._take(at, event)
        return events

    def _take(self, at: float, data: str) -> None:
        event = stream_event(data)
        self._whole = self._whole or event.ends
        self._tells = self._tells or event.known
        self._error = self._error or event.error
        self._told = event.tokens or self._told
        if not event.text:
            return
        self._pieces += 1
        if self._first is None:
            self._first = at
        elif len(self._gaps) < GAPS_KEPT:
            self._gaps.append(max(0.0, at - self._last))
        self._last = at

    def end(self, broken: str = "") -> StreamFigures:
        """The figures, after the last piece. ``broken``: how the connection or the time ended before the answer did."""
        first = self._first
        return StreamFigures(
            ttft=None if first is None else max(0.0, first - self._asked),
            tokens=self._told or self._pieces,
            seconds=0.0 if first is None else max(0.0, self._last - first),
            gaps=tuple(self._gaps),
            broken=self._error or broken or self._missing(),
        )

    def _missing(self) -> str:
        if not self._pieces:
            return "no text came"
        return "it ended without saying that it is complete" if self._tells and not self._whole else ""


@dataclass(frozen=True)
class StreamSummary:
    """Many streamed answers. Times are in seconds; None: no stream could tell."""

    streams: int
    broken: int
    ttft_p50: float | None
    ttft_p95: float | None
    gap_p95: float | None
    """Over the gaps of all streams."""
    tokens_per_second: float | None
    """The median over the streams."""


def summary(figures: Iterable[StreamFigures]) -> StreamSummary:
    """What many streams were like. Broken ones count with the times that they had."""
    all_of_them = list(figures)
    ttfts = [one.ttft for one in all_of_them if one.ttft is not None]
    paces = [pace for one in all_of_them if (pace := one.tokens_per_second) is not None]
    gaps = [gap for one in all_of_them for gap in one.gaps]
    return StreamSummary(
        streams=len(all_of_them),
        broken=sum(bool(one.broken) for one in all_of_them),
        ttft_p50=quantile(ttfts, 0.5),
        ttft_p95=quantile(ttfts, 0.95),
        gap_p95=quantile(gaps, 0.95),
        tokens_per_second=quantile(paces, 0.5),
    )


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share of the values does not exceed (nearest rank); None of none."""
    if not values:
        return None
    rank = -(-len(values) * round(share * 1000) // 1000)
    return sorted(values)[max(0, rank - 1)]
