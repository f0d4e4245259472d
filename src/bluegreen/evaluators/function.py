"""Somebody's Python function as an evaluator."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from bluegreen.core.measures import Measure
from bluegreen.evaluators.base import Exchange, Score, untold

WITHIN = 60.0
"""Seconds that one score may take."""


class FunctionEvaluator:
    """Calls ``function(exchange, expected, **options)``: of an installed package, in the controller's own process.

    It gives true or false, a number from 0 to 1, None (cannot tell), a pair of one of these and a reason, or a
    `Score`. One that is no coroutine runs in a thread, which goes on when its time is over: no thread can be ended.
    """

    def __init__(self, measure: Measure, function: Callable[..., Any]) -> None:
        self.name = measure.name
        self._function = function
        self._options = dict(measure.options)

    async def score(self, exchange: Exchange, expected: Any) -> Score:
        """What the function gives; what it raises, or takes too long for, cannot be told."""
        try:
            async with asyncio.timeout(WITHIN):
                return _score(await self._called(exchange, expected))
        except TimeoutError:
            return untold(f"no score within {WITHIN:g} s")

    async def _called(self, exchange: Exchange, expected: Any) -> Any:
        if inspect.iscoroutinefunction(self._function):
            return await self._function(exchange, expected, **self._options)
        return await asyncio.to_thread(self._function, exchange, expected, **self._options)


def _score(given: Any) -> Score:
    if isinstance(given, Score):
        return given
    value, why = given if isinstance(given, tuple) and len(given) == 2 else (given, "")
    if value is None:
        return untold(str(why) or "the function cannot tell")
    if isinstance(value, (bool, int, float)):
        return Score(float(value), str(why))
    return untold(f"the function gave {type(value).__name__}, which is no score")
