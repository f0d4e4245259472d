"""Whether an answer has a length within bounds."""

from __future__ import annotations

from typing import Any

from bluegreen.core.measures import Measure
from bluegreen.evaluators.base import Exchange, Score, Setting, scored


class Length:
    """Counts the characters of the answer's text, or its words."""

    def __init__(self, measure: Measure, setting: Setting) -> None:
        self.name = measure.name

    async def score(self, exchange: Exchange, expected: Any) -> Score:
        """1 within the bounds, else 0."""
        unit = expected.get("of", "characters")
        length = len(exchange.text.split()) if unit == "words" else len(exchange.text.strip())
        least, most = expected.get("at_least", 0), expected.get("at_most")
        bound = f"at least {least:,}" if length < least else f"at most {most or 0:,}"
        return scored(least <= length and (most is None or length <= most), f"{length:,} {unit}, and {bound} are right")
