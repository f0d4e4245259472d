"""Whether an answer is exactly a text, or one of several."""

from __future__ import annotations

from typing import Any

from bluegreen.core.expected import texts_of
from bluegreen.core.measures import Measure
from bluegreen.evaluators.base import Exchange, Score, Setting, scored


class Exact:
    """Compares the answer's text; white space around either does not count."""

    def __init__(self, measure: Measure, setting: Setting) -> None:
        self.name = measure.name

    async def score(self, exchange: Exchange, expected: Any) -> Score:
        """1 for the text, else 0."""
        text = exchange.text.strip()
        return scored(any(text == one.strip() for one in texts_of(expected)), "the text is another one")
