"""Whether a regular expression is found in an answer."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from bluegreen.core.measures import Measure
from bluegreen.evaluators.base import Exchange, Score, Setting, scored, untold
from bluegreen.system.pattern import is_found

WITHIN = 10.0
"""Seconds that a search may take: an expression may need for ever on the wrong text."""


class Matches:
    """Searches in the answer's text; an expression that repeats is searched for in a process of its own."""

    def __init__(self, measure: Measure, setting: Setting) -> None:
        self.name = measure.name

    async def score(self, exchange: Exchange, expected: Any) -> Score:
        """1 when it is found, else 0; no telling when the search does not end."""
        try:
            async with asyncio.timeout(WITHIN):
                found = await is_found(re.compile(expected), exchange.text)
        except TimeoutError:
            return untold(f"the expression was still being searched for after {WITHIN:g} s")
        return scored(found, f"`{expected[:60]}` is not found")
