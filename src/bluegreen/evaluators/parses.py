"""Whether an answer is JSON at all."""

from __future__ import annotations

import json
from typing import Any

from bluegreen.core.measures import Measure
from bluegreen.evaluators.base import Exchange, Score, Setting, scored


class Parses:
    """Reads the answer's text as JSON, as a program would: a fence of Markdown around it is no JSON."""

    def __init__(self, measure: Measure, setting: Setting) -> None:
        self.name = measure.name

    async def score(self, exchange: Exchange, expected: Any) -> Score:
        """1 when it is JSON, else 0."""
        _, why = read_json(exchange.text)
        return scored(not why, why)


def read_json(text: str) -> tuple[Any, str]:
    """The JSON of a text, and why it is none (empty when it is)."""
    try:
        return json.loads(text), ""
    except ValueError as error:
        hint = ": it stands in a fence of Markdown" if text.lstrip().startswith("```") else ""
        return None, f"it is no JSON{hint}" if hint or not text.strip() else f"it is no JSON ({_short(error)})"
    except RecursionError:
        return None, "it is nested too deeply"


def _short(error: ValueError) -> str:
    return str(getattr(error, "msg", error)).rstrip(":")[:80]
