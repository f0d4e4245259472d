"""Scores one sampled answer by one rule."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from bluegreen.evaluators.base import Exchange
from bluegreen.scorer.base import Rule
from bluegreen.scorer.sample import Sample


class Scored(NamedTuple):
    """What came of it: bad or not, or a measured value."""

    bad: bool = False
    value: float | None = None
    why: str = ""


Judge = Callable[[Sample, Exchange | None], Awaitable[Scored | None]]
"""None: it could not be told, and so it does not count."""


def judge_of(rule: Rule) -> Judge:
    """How answers are scored by a rule. Raises ValueError for one that nobody knows."""
    match rule.kind:
        case "parse":
            return _parses
        case "matches":
            return _pattern(str(rule.value), bad=False)
        case "lacks":
            return _pattern(str(rule.value), bad=True)
        case "length":
            return _length
        case "broken":
            return _broken
        case "ttft":
            return _first_token
        case "rate":
            return _rate
    raise ValueError(f"no rule `{rule.kind}` is known")


async def _parses(sample: Sample, exchange: Exchange | None) -> Scored | None:
    if exchange is None or exchange.cut:
        return None
    try:
        json.loads(exchange.text)
    except (ValueError, RecursionError) as error:
        return Scored(bad=True, why=f"no JSON: {error}")
    return Scored()


def _pattern(pattern: str, *, bad: bool) -> Judge:
    compiled = re.compile(pattern)

    async def judge(sample: Sample, exchange: Exchange | None) -> Scored | None:
        if exchange is None:
            return None
        found = compiled.search(exchange.text) is not None
        if exchange.cut and not found:
            return None
        return Scored(bad=found is bad, why="it matches the pattern" if found else "it does not match the pattern")

    return judge


async def _length(sample: Sample, exchange: Exchange | None) -> Scored | None:
    return None if exchange is None else Scored(value=max(1.0, len(exchange.text)))


async def _broken(sample: Sample, exchange: Exchange | None) -> Scored | None:
    if not sample.is_stream:
        return None
    return Scored(bad=not sample.ended, why="" if sample.ended else "the stream broke off")


async def _first_token(sample: Sample, exchange: Exchange | None) -> Scored | None:
    if not sample.is_stream or not sample.pieces:
        return None
    return Scored(value=max(0.001, sample.pieces[0][0] - sample.began))


async def _rate(sample: Sample, exchange: Exchange | None) -> Scored | None:
    """Pieces a second, from the first to the last."""
    if not sample.is_stream or not sample.ended or len(sample.pieces) < 2:
        return None
    took = sample.pieces[-1][0] - sample.pieces[0][0]
    return Scored(value=(len(sample.pieces) - 1) / max(took, 0.001))
