"""How much an answer reads like a reference (the extra ``evals``: rapidfuzz)."""

from __future__ import annotations

from typing import Any

from bluegreen.core.expected import texts_of
from bluegreen.core.measures import Measure
from bluegreen.evaluators.base import Exchange, Score, Setting
from bluegreen.evaluators.extras import extra

LONGEST = 20_000
"""Characters of either text that are compared: the time grows with the product of both."""


class Similar:
    """1 - (insertions and deletions) / (characters of both): the normalised Indel similarity, by characters.

    Capitals and runs of white space do not count. Of several references the nearest counts.
    """

    def __init__(self, measure: Measure, setting: Setting) -> None:
        self.name = measure.name
        self._fuzz = extra("rapidfuzz.fuzz", "evals")

    async def score(self, exchange: Exchange, expected: Any) -> Score:
        """From 0 (nothing in common) to 1 (the same text)."""
        text = _plain(exchange.text)
        best = max(self._fuzz.ratio(text, _plain(reference)) for reference in texts_of(expected)) / 100
        return Score(round(best, 4), "" if best == 1 else f"{best:.2f} like the reference")


def _plain(text: str) -> str:
    return " ".join(text[:LONGEST].casefold().split())
