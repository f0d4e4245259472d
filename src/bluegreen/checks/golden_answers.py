"""What is kept of the answers to a golden set: figures, and the first cases that did not pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bluegreen.core.golden import Judgement, compared
from bluegreen.core.golden_cases import Outcome, Told
from bluegreen.core.output import Mask, beginning, printable
from bluegreen.core.spec import Golden

FAILING = 10
"""Cases that are kept with their reasons."""
_ID, _WHY, _TEXT = 60, 200, 120


@dataclass(frozen=True)
class Answered:
    """What became of one case on one side."""

    outcome: Outcome
    text: str = ""
    told: Mapping[str, Told] = field(default_factory=dict)


def evidence(
    check: Golden,
    judged: Judgement,
    cases: Sequence[str],
    new: Sequence[Answered],
    live: Sequence[Answered] | None,
    mask: Mask,
) -> dict[str, Any]:
    """JSON values, at most a few kilobytes: shares, the comparison, and the first cases that did not pass."""
    found: dict[str, Any] = {"cases": len(new), "passed": judged.passed, "cannot tell": judged.untold}
    if live is not None and judged.pairs is not None:
        passing = sum(one.outcome.passed is True for one in live)
        beside = f"{compared(judged.pairs)}, of {judged.pairs.cases}"
        found["live release"] = f"{passing} of {len(live)} cases pass; {beside}"
    for name in check.advice:
        found[f"{name} (advice)"] = _means(name, new, live)
    for word, passed in (("failing", False), ("not told", None)):
        pairs = [(case, one) for case, one in zip(cases, new, strict=True) if one.outcome.passed is passed]
        if pairs:
            more = [f"and {len(pairs) - FAILING} more"] if len(pairs) > FAILING else []
            found[word] = "\n".join([*(_line(case, one, mask) for case, one in pairs[:FAILING]), *more])
    return found


def _line(case: str, one: Answered, mask: Mask) -> str:
    why, text = _fit(one.outcome.why, _WHY, mask), _fit(one.text, _TEXT, mask)
    return f"{_fit(case, _ID, mask)}: {why}" + (f" | {text}" if text else "")


def _fit(text: str, length: int, mask: Mask) -> str:
    return beginning(" ".join(printable(mask.text(text)).split()), length)


def _means(name: str, new: Sequence[Answered], live: Sequence[Answered] | None) -> str:
    sides = [("new", new), *([("live", live)] if live is not None else [])]
    return ", ".join(f"{side} {_mean(name, answers)}" for side, answers in sides)


def _mean(name: str, answers: Sequence[Answered]) -> str:
    scores = [one.told[name].value for one in answers if name in one.told]
    known = [score for score in scores if score is not None]
    return f"{sum(known) / len(known):.3f} of {len(known)}" if known else "cannot be told"
