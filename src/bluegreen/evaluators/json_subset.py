"""Whether an answer's JSON contains what is expected."""

from __future__ import annotations

from typing import Any

from bluegreen.core.measures import Measure
from bluegreen.core.output import beginning
from bluegreen.core.subset import first_difference
from bluegreen.evaluators.base import Exchange, Score, Setting, scored
from bluegreen.evaluators.parses import read_json

_SHOWN = 200


class JsonSubset:
    """Objects may have more keys than expected; everything else is equal or not."""

    def __init__(self, measure: Measure, setting: Setting) -> None:
        self.name = measure.name

    async def score(self, exchange: Exchange, expected: Any) -> Score:
        """1 when it is contained, else 0, also for what is no JSON."""
        found, why = read_json(exchange.text)
        if why:
            return scored(False, why)
        try:
            difference = first_difference(expected, found)
        except RecursionError:
            return scored(False, "it is nested too deeply")
        return scored(difference is None, beginning(difference or "", _SHOWN))
