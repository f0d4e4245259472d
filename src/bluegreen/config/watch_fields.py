"""The kinds of values that a watch has, for pydantic."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge
from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from bluegreen.config import durations, factors, names, queries, urls
from bluegreen.config.fields import PerCent

TICK = 1.0
"""Seconds: evidence is gathered so often, and a guard cannot be asked more often."""

_FACTOR = {"anyOf": [{"type": "string", "pattern": factors.FACTOR}, {"type": "number", "exclusiveMinimum": 0}]}
_EVERY = {"anyOf": [{"type": "string", "pattern": durations.PATTERN}, {"type": "number", "minimum": TICK}]}
_CHANCE = {"type": "string", "pattern": factors.PER_CENT}
_HOLDBACK = {
    "anyOf": [
        {"type": "string", "pattern": "^([1-9]|[1-4][0-9]|50)%$"},
        {"type": "integer", "minimum": 1, "maximum": 50},
    ]
}
_URL = {"type": "string", "format": "uri", "pattern": "^https?://"}

Factor = Annotated[float, BeforeValidator(factors.factor), WithJsonSchema(_FACTOR)]
Growth = Annotated[Factor, AfterValidator(factors.above_one)]
Change = Annotated[Factor, AfterValidator(factors.not_one)]
Shrinking = Annotated[Factor, AfterValidator(factors.below_one), WithJsonSchema(_FACTOR)]
Share = Annotated[float, BeforeValidator(factors.share), WithJsonSchema(_CHANCE)]
Part = Annotated[float, BeforeValidator(factors.part), WithJsonSchema(_CHANCE)]
Chance = Annotated[float, BeforeValidator(factors.chance), WithJsonSchema(_CHANCE)]
Holdback = Annotated[PerCent, AfterValidator(factors.holdback), WithJsonSchema(_HOLDBACK)]
Every = Annotated[float, BeforeValidator(durations.seconds), Ge(TICK), WithJsonSchema(_EVERY)]
Url = Annotated[str, AfterValidator(urls.url), WithJsonSchema(_URL)]
BaseUrl = Annotated[str, AfterValidator(urls.base_url), WithJsonSchema(_URL)]
PromQL = Annotated[str, AfterValidator(queries.promql), WithJsonSchema({"type": "string", "minLength": 1})]
JsonPath = Annotated[str, AfterValidator(queries.jsonpath), WithJsonSchema({"type": "string", "pattern": r"^\$"})]
Redacted = Annotated[str, AfterValidator(queries.redacted), WithJsonSchema({"type": "string", "minLength": 1})]
EventName = Annotated[str, AfterValidator(names.event), WithJsonSchema({"type": "string", "pattern": names.EVENT})]
