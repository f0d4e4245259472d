"""What follows from streamed answers that were measured before the switch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bluegreen.core.check_specs import StreamLatency
from bluegreen.core.streaming import StreamFigures, StreamSummary, summary
from bluegreen.core.verdict import Verdict


def judge_streams(check: StreamLatency, figures: Sequence[StreamFigures]) -> tuple[Verdict, str]:
    """Whether the streams are soon and fast enough, with the reason.

    Each limit holds for the quantile by nearest rank: of fewer than 20 streams, the slowest one is the p95. A limit
    that no stream could tell anything about is *cannot tell*.
    """
    found = summary(figures)
    if found.broken > check.broken * found.streams + 1e-9:
        why = next(one.broken for one in figures if one.broken)
        return Verdict.BLOCK, f"{found.broken} of {found.streams} streams broke: {why}"
    looked = list(_looked_at(check, found))
    for name, said, good in looked:
        if good is False:
            return Verdict.BLOCK, f"{name}: {said}"
    for name, _, good in looked:
        if good is None:
            return Verdict.CANNOT_TELL, f"{name}: none of {found.streams} streams could tell"
    figures_said = ", ".join(f"{name} {said.partition(',')[0]}" for name, said, _ in looked)
    return Verdict.ALLOW, f"{found.streams} streams: {figures_said or f'{found.broken} broke'}"


def _looked_at(check: StreamLatency, found: StreamSummary) -> Iterator[tuple[str, str, bool | None]]:
    """Each limit with what was found, and whether it holds; None: it cannot be told."""
    for name in ("ttft_p50", "ttft_p95", "gap_p95"):
        limit, value = getattr(check, name), getattr(found, name)
        if limit is not None:
            said = "" if value is None else f"{_time(value)}, and {_time(limit)} is the most"
            yield name, said, None if value is None else value <= limit
    least, pace = check.tokens_per_second, found.tokens_per_second
    if least is not None:
        said = "" if pace is None else f"{pace:.3g}, and more than {least:g} are asked for"
        yield "tokens_per_second", said, None if pace is None else pace > least


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.3g} s"
