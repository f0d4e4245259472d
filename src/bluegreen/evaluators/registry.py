"""Makes evaluators by entry point, and holds each to what evaluators promise, our own like anybody's."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from bluegreen.core.expected import fault
from bluegreen.core.measures import Measure
from bluegreen.core.output import Mask, beginning, printable
from bluegreen.evaluators.base import Evaluator, Exchange, Score, Setting, Unusable, untold
from bluegreen.evaluators.function import FunctionEvaluator

GROUP = "bluegreen.evaluators"
_SHOWN = 300


def make(measure: Measure, setting: Setting) -> Evaluator:
    """The evaluator of a measure. Raises Unusable: there is no such kind, or it cannot be made."""
    points = _points()
    if measure.kind not in points:
        known = ", ".join(f"`{name}`" for name in sorted(points))
        raise Unusable(f"there is no evaluator `{measure.kind}`; installed are {known}")
    try:
        found = points[measure.kind].load()
        made: Evaluator = FunctionEvaluator(measure, found) if inspect.isroutine(found) else found(measure, setting)
    except Unusable as error:
        raise Unusable(f"`{measure.name}`: {error}") from None
    except Exception as error:  # of somebody else's package
        raise Unusable(f"`{measure.name}` cannot be made: {type(error).__name__}: {error}") from None
    return Held(made, measure.kind, setting)


@cache
def _points() -> Mapping[str, EntryPoint]:
    """What is installed when it is first asked for: a package that comes later is found after a restart."""
    return {point.name: point for point in entry_points(group=GROUP)}


class Held:
    """An evaluator whose every score is a number from 0 to 1 or none, with a reason that can be shown."""

    def __init__(self, inner: Evaluator, kind: str, setting: Setting) -> None:
        self.name = inner.name
        self._inner = inner
        self._kind = kind
        self._of_part = bool(getattr(inner, "of_part", False))
        self._mask = Mask(setting.secrets)

    async def score(self, exchange: Exchange, expected: Any) -> Score:
        """See `bluegreen.evaluators.base.Evaluator`. What cannot be expected, or a part of an answer, is untold."""
        if wrong := fault(self._kind, expected):
            return untold(f"what is expected {wrong}")
        if exchange.cut and not self._of_part:
            return untold("the answer is longer than what is kept of it")
        try:
            found = await self._inner.score(exchange, expected)
        except Exception as error:  # no evidence either way, and so never a yes
            found = untold(f"it could not be scored: {type(error).__name__}: {error}")
        if found.value is not None and not (math.isfinite(found.value) and 0 <= found.value <= 1):
            found = untold(f"{found.value:g} is no score from 0 to 1")
        return replace(found, why=beginning(printable(self._mask.text(found.why)).replace("\n", " "), _SHOWN))
