"""How much errors come in bursts."""

from __future__ import annotations

from collections.abc import Sequence

from bluegreen.core.evidence import Interval

LENGTHS = (1, 6)
"""How many intervals (of about ten seconds each) are looked at together: bursts may be longer than one."""
LEAST = 10
"""Fewer groups than this say nothing about their spread."""


def dispersion(intervals: Sequence[Interval]) -> float:
    """By how much the errors of an interval vary more than independent ones would; at least 1.

    Pearson's statistic over its degrees of freedom: with errors that come in independent bursts of size B, it is
    about B (for varying sizes, the mean size as an error sees it). The largest one over several lengths is taken,
    since a burst that lasts longer than an interval shows in full in a longer one only, as does a rate that wanders.

    Source: McCullagh and Nelder, Generalized Linear Models (1989), 4.5 and 9.2.
    """
    return max([1.0, *(_pearson(_grouped(intervals, length)) for length in LENGTHS)])


def _grouped(intervals: Sequence[Interval], length: int) -> Sequence[tuple[int, int]]:
    """Errors and requests of so many intervals at a time; a shorter rest is left out."""
    return [
        (sum(i.errors for i in intervals[at : at + length]), sum(i.requests for i in intervals[at : at + length]))
        for at in range(0, len(intervals) - length + 1, length)
    ]


def _pearson(groups: Sequence[tuple[int, int]]) -> float:
    counted = [(errors, requests) for errors, requests in groups if requests]
    total = sum(errors for errors, _ in counted)
    if len(counted) < LEAST or not total:
        return 1.0
    rate = total / sum(requests for _, requests in counted)
    off = sum((errors - rate * requests) ** 2 / (rate * requests) for errors, requests in counted)
    return off / (len(counted) - 1)
