"""Scores one sampled answer by one rule."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from bluegreen.core.expected import fault
from bluegreen.core.measures import Measure
from bluegreen.core.streaming import StreamFigures
from bluegreen.evaluators.base import Exchange, Setting
from bluegreen.evaluators.registry import make
from bluegreen.scorer.base import Rule

PASS = 0.5
"""An answer whose score is below is bad."""


class Scored(NamedTuple):
    """What came of it: bad or not, or a measured value."""

    bad: bool = False
    value: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Seen:
    """What is known of an answer when it is scored."""

    exchange: Exchange | None
    """None: it is not whole, or cannot be read."""
    stream: StreamFigures | None
    """None: it is no stream, or cannot be read as one."""
    ended: bool


Judge = Callable[[Seen], Awaitable[Scored | None]]
"""None: it could not be told, and so it does not count."""


def judge_of(rule: Rule) -> Judge:
    """How answers are scored by a rule. Raises ValueError for one that nobody knows, Unusable for what is missing."""
    match rule.kind:
        case "parse":
            return _evaluator("parses", rule.value)
        case "schema":
            return _evaluator("schema", rule.value)
        case "refusal":
            return _evaluator("refusal", False)
        case "matches":
            return _evaluator("matches", rule.value)
        case "lacks":
            return _evaluator("matches", rule.value, wanted=False)
        case "length":
            return _length
        case "broken":
            return _broken
        case "ttft":
            return _first_token
        case "gap":
            return _gap
        case "rate":
            return _rate
    raise ValueError(f"no rule `{rule.kind}` is known")


def _evaluator(kind: str, expected: Any, *, wanted: bool = True) -> Judge:
    """By an evaluator of the golden check: the same words mean the same before and after the switch."""
    if wrong := fault(kind, expected):
        raise ValueError(wrong)
    evaluator = make(Measure(kind, kind), Setting(folder="/nonexistent"))

    async def judge(seen: Seen) -> Scored | None:
        if seen.exchange is None:
            return None
        score = await evaluator.score(seen.exchange, expected)
        if score.value is None:
            return None
        return Scored(bad=(score.value >= PASS) is not wanted, why=score.why or "it is found")

    return judge


async def _length(seen: Seen) -> Scored | None:
    return None if seen.exchange is None else Scored(value=max(1.0, len(seen.exchange.text.strip())))


async def _broken(seen: Seen) -> Scored | None:
    if seen.stream is None:
        return None
    return Scored(bad=bool(seen.stream.broken), why=seen.stream.broken)


async def _first_token(seen: Seen) -> Scored | None:
    ttft = seen.stream.ttft if seen.stream else None
    return None if ttft is None else Scored(value=max(0.001, ttft))


async def _gap(seen: Seen) -> Scored | None:
    """Of a stream one value, however many tokens it has: streams are independent, their tokens are not."""
    gap = seen.stream.gap_p95 if seen.stream else None
    return None if gap is None else Scored(value=max(0.001, gap))


async def _rate(seen: Seen) -> Scored | None:
    rate = seen.stream.tokens_per_second if seen.stream and seen.ended else None
    return None if rate is None else Scored(value=rate)
