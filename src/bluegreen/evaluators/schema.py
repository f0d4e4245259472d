"""Whether an answer's JSON fits a JSON Schema (the extra ``evals``: jsonschema-rs)."""

from __future__ import annotations

import json
from collections.abc import Hashable
from typing import Any

from bluegreen.core.measures import Measure
from bluegreen.core.output import beginning
from bluegreen.evaluators.base import Exchange, Score, Setting, Unusable, scored, untold
from bluegreen.evaluators.extras import extra
from bluegreen.evaluators.files import read_inside
from bluegreen.evaluators.parses import read_json

_SHOWN = 200
_KEPT = 100
"""Schemas that are kept ready: each line of a golden set may have its own."""


class Schema:
    """Every draft from 4 to 2020-12, as the schema's ``$schema`` says. Nothing is fetched: a reference to another
    document cannot be told. Patterns are searched for in linear time."""

    def __init__(self, measure: Measure, setting: Setting) -> None:
        self.name = measure.name
        self._folder = setting.folder
        self._library = extra("jsonschema_rs", "evals")
        self._ready: dict[Hashable, Any] = {}

    async def score(self, exchange: Exchange, expected: Any) -> Score:
        """1 when it fits, else 0, also for what is no JSON; no telling when the schema is none."""
        try:
            validator = self._validator(expected)
        except Unusable as error:
            return untold(str(error))
        found, why = read_json(exchange.text)
        if why:
            return scored(False, why)
        try:
            misfit = next(validator.iter_errors(found), None)
        except (ValueError, RecursionError) as mistake:
            return scored(False, beginning(f"it cannot be validated: {mistake}", _SHOWN))
        return scored(misfit is None, "" if misfit is None else _difference(misfit))

    def _validator(self, expected: Any) -> Any:
        key = expected if isinstance(expected, str) else json.dumps(expected, sort_keys=True)
        if key not in self._ready:
            if len(self._ready) >= _KEPT:
                self._ready.clear()
            self._ready[key] = self._made(expected)
        return self._ready[key]

    def _made(self, expected: Any) -> Any:
        schema, where = expected, "the schema"
        if isinstance(expected, str):
            where = f"`{expected}`"
            schema, why = read_json(read_inside(self._folder, expected))
            if why:
                raise Unusable(f"{where}: {why}")
        library = self._library
        try:
            make = library.validator_cls_for(schema)
            return make(schema, pattern_options=library.RegexOptions(), retriever=_refuse)
        except (library.ValidationError, library.ReferencingError, ValueError, TypeError) as error:
            said = beginning(str(getattr(error, "message", error)).replace("\n", " "), _SHOWN)
            raise Unusable(f"{where} is no JSON Schema that can be used: {said}") from None


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri} is another document, and nothing is fetched")


def _difference(error: Any) -> str:
    path = "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.instance_path)
    return beginning(f"{path}: {error.message!s}", _SHOWN)
