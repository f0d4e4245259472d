"""The kinds of values that checks of answers have, for pydantic."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from bluegreen.config import factors
from bluegreen.config.problems import Wrong
from bluegreen.core import scores
from bluegreen.core.expected import UNITS, fault

_PACE = re.compile(r">\s*([0-9]+(?:\.[0-9]+)?)")


def _expected(kind: str) -> BeforeValidator:
    def look(value: Any) -> Any:
        if value is not None and (wrong := fault(kind, value)):
            raise Wrong(f"`{kind}` {wrong}")
        return value

    return BeforeValidator(look)


def _score(value: object) -> str:
    if not isinstance(value, str):
        raise Wrong("`score` must be text", "such as `similar >= 0.8`")
    try:
        scores.parse(value)
    except scores.NotAnExpression as error:
        place = f"{error.message} (at its character {error.character})"
        raise Wrong(f"not a comparison of scores: {place}", error.hint) from None
    return value


def _share(value: object) -> float:
    if not isinstance(value, str) or not re.fullmatch(factors.PER_CENT.strip("^$"), value, re.ASCII):
        raise Wrong(f"`{str(value)[:40]}` is not a share in per cent", "such as `98%` or `99.5%`")
    if not 0 <= float(value[:-1]) <= 100:
        raise Wrong(f"`{value[:40]}` is not a share between 0% and 100%")
    return float(value[:-1]) / 100


def _pass_share(value: object) -> float:
    if _share(value) == 0:
        raise Wrong("`0%` lets every release pass", "such as `98%`")
    return _share(value)


def _pace(value: object) -> float:
    if isinstance(value, str) and (found := _PACE.fullmatch(value.strip())):
        return float(found[1])
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise Wrong(f"`{str(value)[:40]}` is no number of tokens a second", "such as `> 30`")
    return float(value)


_TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_PER_CENT = {"type": "string", "pattern": factors.PER_CENT}
_NUMBER = {"anyOf": [{"type": "number"}, {"type": "object", "required": ["is"]}]}
_LENGTH = {
    "type": "object",
    "additionalProperties": False,
    "patternProperties": {"^at_(least|most)$": {"type": "integer", "minimum": 0}, "^of$": {"enum": list(UNITS)}},
}

Exact = Annotated[Any, _expected("exact"), WithJsonSchema(_TEXTS)]
Texts = Annotated[Any, _expected("similar"), WithJsonSchema(_TEXTS)]
Matches = Annotated[Any, _expected("matches"), WithJsonSchema({"type": "string", "format": "regex"})]
Number = Annotated[Any, _expected("number"), WithJsonSchema(_NUMBER)]
Parses = Annotated[Any, _expected("parses"), WithJsonSchema({"const": "json"})]
Schema = Annotated[Any, _expected("schema"), WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object"}]})]
Length = Annotated[Any, _expected("length"), WithJsonSchema(_LENGTH)]
Refusal = Annotated[Any, _expected("refusal"), WithJsonSchema({"type": "boolean"})]
Score = Annotated[str, BeforeValidator(_score), WithJsonSchema({"type": "string"})]
Share = Annotated[float, BeforeValidator(_share), WithJsonSchema(_PER_CENT)]
PassShare = Annotated[float, BeforeValidator(_pass_share), WithJsonSchema(_PER_CENT)]
Pace = Annotated[
    float,
    BeforeValidator(_pace),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": "^> ?[0-9]"}, {"type": "number"}]}),
]
