"""The cases of a golden set, what each is measured by, and whether one answer passes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bluegreen.core.check_specs import Golden
from bluegreen.core.expected import WITHOUT, fault
from bluegreen.core.measures import ADVISORY, GRADED, KINDS, Measure, built_in
from bluegreen.core.scores import parse

_COMPARES = (*KINDS, "judge", "meaning")
"""Kinds that score nothing without something that is expected; `WITHOUT` has what is meant by two of them."""


@dataclass(frozen=True)
class GoldenCase:
    """One request, and what is expected of its answer."""

    id: str
    line: int
    """Where it stands in the file, from 1."""
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    """JSON; None: there is no body."""
    status: int | None = None
    expect: Mapping[str, Any] = field(default_factory=dict)
    """By the name of the measure, what the whole set expects included."""
    reference: Any = None
    """What measures that the line does not name compare with; None: nothing."""

    def expected(self, name: str, kind: str) -> Any:
        """What a measure compares the answer with."""
        if name in self.expect:
            return self.expect[name]
        return self.reference if self.reference is not None and kind not in WITHOUT else WITHOUT.get(kind)


class Told(NamedTuple):
    """What an evaluator said: a score from 0 to 1, or None when it cannot tell, and why."""

    value: float | None
    why: str = ""


class Outcome(NamedTuple):
    """Whether one answer passes; None: it cannot be told."""

    passed: bool | None
    why: str = ""


def measures_by_name(golden: Golden) -> Mapping[str, Measure]:
    """What the file calls by a name, before what is built in."""
    return {measure.name: measure for measure in golden.measures}


def measure_of(golden: Golden, name: str) -> Measure | None:
    """The measure of this name; None: there is none."""
    try:
        return measures_by_name(golden).get(name) or built_in(name)
    except KeyError:
        return None


def names_in_score(golden: Golden) -> tuple[str, ...]:
    """The measures that the expression looks at, each once."""
    return tuple(dict.fromkeys(parse(golden.score).names())) if golden.score else ()


def used(golden: Golden, case: GoldenCase) -> tuple[str, ...]:
    """The measures that the answer of a case is scored by, each once."""
    return tuple(dict.fromkeys((*case.expect, *names_in_score(golden), *golden.advice)))


def flaws(golden: Golden, case: GoldenCase) -> Iterator[str]:
    """What keeps an answer of this case from being judged."""
    in_score = names_in_score(golden)
    for name in used(golden, case):
        measure = measure_of(golden, name)
        if measure is None:
            yield f"there is no measure `{name}`"
            continue
        expected = case.expected(name, measure.kind)
        if expected is None and name not in case.expect and measure.kind in _COMPARES:
            yield f"`{name}` has nothing to compare with: write what is right as `expect`"
        elif wrong := fault(measure.kind, expected):
            yield f"`{name}` {wrong}"
        if measure.kind in GRADED - ADVISORY and name not in in_score:
            yield f'nothing says which score of `{name}` is enough: add `score: "{name} >= 0.8"` to the check'
    if not case.expect and not in_score and case.status is None:
        yield "nothing is expected of the answer"


def outcome(golden: Golden, case: GoldenCase, status: int, told: Mapping[str, Told]) -> Outcome:
    """Whether an answer passes, by its status and the scores of the measures in `used`.

    Each measure that the case expects something by has to give 1, but for those that the expression looks at, and
    advisory ones. What fails fails, whatever else cannot be told.
    """
    if not (status == case.status if case.status is not None else 200 <= status <= 299):
        return Outcome(False, f"status {status}")
    in_score = names_in_score(golden)
    found = [_of_measure(name, told) for name in case.expect if name not in in_score and not _advises(golden, name)]
    if golden.score:
        found.append(_of_expression(golden.score, told))
    for passed in (False, None):
        reasons = [one.why for one in found if one.passed is passed]
        if reasons:
            return Outcome(passed, "; ".join(reasons))
    return Outcome(True)


def _advises(golden: Golden, name: str) -> bool:
    measure = measure_of(golden, name)
    return measure is not None and measure.advisory


def _of_measure(name: str, told: Mapping[str, Told]) -> Outcome:
    value, why = told.get(name, Told(None, "not scored"))
    if value is None or value >= 1:
        return Outcome(None if value is None else True, f"{name}: {why}")
    return Outcome(False, f"{name}: {why or f'{value:.2f}'}")


def _of_expression(score: str, told: Mapping[str, Told]) -> Outcome:
    expression = parse(score)
    holds = expression.holds({name: one.value for name, one in told.items()})
    parts = []
    for name in dict.fromkeys(expression.names()):
        value, why = told.get(name, Told(None, "not scored"))
        parts.append(f"{name} {'cannot be told' if value is None else f'{value:.2f}'}" + (f" ({why})" if why else ""))
    return Outcome(holds, ", ".join(parts))
