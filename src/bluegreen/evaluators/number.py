"""Whether the number that an answer gives is the right one, within a tolerance."""

from __future__ import annotations

import re
from typing import Any

from bluegreen.core.expected import number_of
from bluegreen.core.measures import Measure
from bluegreen.evaluators.base import Exchange, Score, Setting, scored

_NUMBER = re.compile(
    r"(?<![\w.,])[-+\u2212]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?(?!\w)"
)
_LONGEST = 40
"""Characters of a number; more digits than that are an identifier."""
LOOKED_AT = 20_000
"""Characters of the text's end that are looked at."""


class Number:
    """Takes the last number of the text, as evaluations of arithmetic do (GSM8K): answers end in their result.

    Thousands may be parted by commas; a point begins the fraction.
    """

    def __init__(self, measure: Measure, setting: Setting) -> None:
        self.name = measure.name

    async def score(self, exchange: Exchange, expected: Any) -> Score:
        """1 within the tolerance, else 0, also when there is no number."""
        wanted, within = number_of(expected)
        found = last_number(exchange.text)
        if found is None:
            return scored(False, "it has no number")
        # As far as floating point goes, 0.3 is 0.1 + 0.2.
        return scored(abs(found - wanted) <= within + 1e-9 * max(1.0, abs(wanted)), f"{found:g} is not {wanted:g}")


def last_number(text: str) -> float | None:
    """The last number of a text; None when it has none."""
    found = [match[0] for match in _NUMBER.finditer(text[-LOOKED_AT:]) if len(match[0]) <= _LONGEST]
    return float(found[-1].replace(",", "").replace("\N{MINUS SIGN}", "-")) if found else None
