"""A command of the release as an evaluator: the exchange in as JSON, a score out."""

from __future__ import annotations

import json
from typing import Any

from bluegreen.core.answers import loads
from bluegreen.core.errors import PermanentError
from bluegreen.core.measures import Measure
from bluegreen.evaluators.base import Exchange, Score, Setting, Unusable, scored, untold
from bluegreen.system.command import CommandOutcome, run_command

WITHIN = 30.0
"""Seconds, unless the option ``within`` says otherwise."""


class CommandEvaluator:
    """Runs ``sh -c`` in the release's folder for each answer.

    Standard input is one JSON object: ``method``, ``path``, ``status``, ``request`` and ``json`` (as JSON, where they
    are), ``text`` and ``expected``. A last line ``{"score": 0.8, "why": "..."}`` is the score; without one, exit 0 is 1
    and exit 1 is 0. Every other end cannot be told.
    """

    def __init__(self, measure: Measure, setting: Setting) -> None:
        self.name = measure.name
        self._command = measure.options.get("run")
        self._within = float(measure.options.get("within", WITHIN))
        self._setting = setting
        if not isinstance(self._command, str):
            raise Unusable("it has no option `run`: the command")

    async def score(self, exchange: Exchange, expected: Any) -> Score:
        """What the command says. Cancelling it ends everything that it started."""
        assert self._command is not None
        given = json.dumps(_told(exchange, expected)).encode()
        setting = self._setting
        try:
            outcome = await run_command(
                self._command, setting.folder, setting.env, self._within, secrets=setting.secrets, given=given
            )
        except PermanentError as error:
            return untold(f"{error.what} {error.why}")
        return _score(outcome)


def _told(exchange: Exchange, expected: Any) -> dict[str, Any]:
    return {
        "method": exchange.method,
        "path": exchange.path,
        "request": loads(exchange.request),
        "status": exchange.status,
        "text": exchange.text,
        "json": exchange.json,
        "expected": expected,
    }


def _score(outcome: CommandOutcome) -> Score:
    lines = outcome.output_tail.strip().splitlines()
    last = lines[-1] if lines else ""
    said = loads(last) if last.startswith("{") else None
    if outcome.exit == 0 and not outcome.timed_out and isinstance(said, dict) and "score" in said:
        value, why = said["score"], str(said.get("why", ""))
        if value is None:
            return untold(why or "the command cannot tell")
        if isinstance(value, (bool, int, float)):
            return Score(float(value), why)
        return untold("the command's `score` is no number")
    if outcome.timed_out or outcome.exit not in (0, 1):
        return untold(f"{outcome.ended}: {last}" if last else outcome.ended)
    return scored(outcome.succeeded, last or outcome.ended)
