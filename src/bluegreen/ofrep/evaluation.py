"""Evaluates the flags of one flag set with openfeature-flagd-core, as OFREP 0.3 says the outcome."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bluegreen.core.errors import InvalidInput
from bluegreen.core.flag_flaws import kind_of

if TYPE_CHECKING:
    from openfeature.evaluation_context import EvaluationContext
    from openfeature.flag_evaluation import FlagResolutionDetails

Outcome = dict[str, Any]
"""OFREP's ``evaluationSuccess`` (key, reason, variant, value, metadata) or ``evaluationFailure`` (key, errorCode,
errorDetails)."""

REASONS = {"DEFAULT": "UNKNOWN"}
"""OFREP has no DEFAULT, which flagd-core says where targeting decides nothing. STATIC would be wrong: a client may keep
a static answer for every user."""
CODES = frozenset({"PARSE_ERROR", "TARGETING_KEY_MISSING", "INVALID_CONTEXT", "GENERAL"})
NOT_FOUND = "FLAG_NOT_FOUND"
_NOTHING: Mapping[str, Any] = {"boolean": False, "string": "", "integer": 0, "float": 0.0, "object": {}}


class Evaluation:
    """One flag set that never changes."""

    def __init__(self, text: str) -> None:
        """``text``: its JSON. Raises InvalidInput: flagd-core is not installed, or does not take it."""
        try:
            from openfeature.contrib.tools.flagd.core import FlagdCore
            from openfeature.evaluation_context import EvaluationContext
            from openfeature.exception import OpenFeatureError
        except ImportError as error:
            raise InvalidInput(
                "What evaluates flags is not installed.", why=str(error), cure="pip install 'bluegreen[flags]'"
            ) from None
        core = FlagdCore()
        try:
            core.set_flags(text)
        except Exception as error:  # it has more kinds of errors than it documents
            raise InvalidInput("openfeature-flagd-core does not take the flag set.", why=str(error)) from error
        self._context, self._error = EvaluationContext, OpenFeatureError
        self.metadata = dict(core.get_flag_set_metadata())
        flags: Mapping[str, Mapping[str, Any]] = json.loads(text)["flags"]
        self._resolvers = {name: _resolver(core, flag) for name, flag in flags.items()}

    def one(self, key: str, context: Mapping[str, Any]) -> Outcome:
        """What one flag gives in a context (OFREP's, with ``targetingKey``)."""
        if key not in self._resolvers:
            return failure(key, NOT_FOUND, f"there is no flag {key}")
        return self._evaluate(key, self._given(context))

    def all(self, context: Mapping[str, Any]) -> list[Outcome]:
        """What every flag gives."""
        given = self._given(context)
        return [self._evaluate(key, given) for key in self._resolvers]

    def _given(self, context: Mapping[str, Any]) -> EvaluationContext:
        attributes = {name: value for name, value in context.items() if name != "targetingKey"}
        return self._context(context.get("targetingKey"), attributes)

    def _evaluate(self, key: str, given: EvaluationContext) -> Outcome:
        resolve, nothing = self._resolvers[key]
        try:
            return _success(key, resolve(key, nothing, given))
        except self._error as error:
            code = str(error.error_code.value)
            return failure(key, code if code in CODES else "GENERAL", error.error_message or code)
        except Exception as error:  # such as a rule that divides by zero: it is the flag's, not the server's
            return failure(key, "GENERAL", f"the targeting of {key} fails: {type(error).__name__}: {error}")


Resolver = tuple[Callable[..., "FlagResolutionDetails[Any]"], Any]


def _resolver(core: Any, flag: Mapping[str, Any]) -> Resolver:
    """Which of flagd-core's methods evaluates a flag: OFREP asks for none of the types."""
    kind = kind_of(flag["variants"].values()) or "object"
    return getattr(core, f"resolve_{kind}_value"), _NOTHING[kind]


def _success(key: str, details: FlagResolutionDetails[Any]) -> Outcome:
    reason = str(details.reason or "UNKNOWN")
    outcome: Outcome = {"key": key, "reason": REASONS.get(reason, reason), "variant": details.variant or ""}
    if details.variant is not None:  # without one the code's default holds
        outcome["value"] = details.value
    if details.flag_metadata:
        outcome["metadata"] = dict(details.flag_metadata)
    return outcome


def failure(key: str, code: str, details: str) -> Outcome:
    return {"key": key, "errorCode": code, "errorDetails": details}
