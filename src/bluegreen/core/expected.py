"""What may be expected of an answer, by each kind of measure, and what is wrong with what is written instead."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

UNITS = ("characters", "words")
WITHOUT: Mapping[str, Any] = {"refusal": False, "parses": "json"}
"""What a measure that is named without anything expects."""
_MANY = 100
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_SHARE = re.compile(r"[0-9]+(\.[0-9]+)?%")


def fault(kind: str, value: Any) -> str:
    """What is wrong with a value as what a measure of this kind expects; empty when nothing is."""
    look = _FAULTS.get(kind)
    return look(value) if look else ""


def number_of(value: Any) -> tuple[float, float]:
    """The number that is expected, and how far an answer may be from it. Only for what has no fault."""
    if not isinstance(value, dict):
        return float(value), 0.0
    number, within = float(value["is"]), value.get("within", 0)
    if isinstance(within, str):
        return number, abs(number) * float(within[:-1]) / 100
    return number, float(within)


def texts_of(value: Any) -> tuple[str, ...]:
    """One text, or each of several. Only for what has no fault."""
    return (value,) if isinstance(value, str) else tuple(value)


def _texts(value: Any) -> str:
    if isinstance(value, str):
        return ""
    several = isinstance(value, list) and all(isinstance(one, str) for one in value) and 0 < len(value) <= _MANY
    return "" if several else "must be a text, or a list of texts"


def _some_texts(value: Any) -> str:
    return _texts(value) or ("" if all(one.strip() for one in texts_of(value)) else "must not be empty")


def _regex(value: Any) -> str:
    if not isinstance(value, str):
        return "must be a regular expression"
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        return f"is not a regular expression: {error}"
    return ""


def _number(value: Any) -> str:
    if not isinstance(value, dict):
        return "" if _is_number(value) else "must be a number, or such as `{is: 42, within: 0.5}`"
    if (unknown := sorted(set(value) - {"is", "within"})) or "is" not in value:
        return f"has the keys `is` and `within`, not `{unknown[0]}`" if unknown else "needs `is`: the number itself"
    if not _is_number(value["is"]):
        return "needs a number as `is`"
    within = value.get("within", 0)
    far = isinstance(within, str) and _SHARE.fullmatch(within)
    if not far and not (_is_number(within) and not isinstance(within, str) and within >= 0):
        return "needs a number of at least 0, or a share such as `1%`, as `within`"
    return ""


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return bool(_NUMBER.fullmatch(value.strip())) and math.isfinite(float(value))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _length(value: Any) -> str:
    if not isinstance(value, dict) or not value:
        return "must be such as `{at_most: 500}`"
    if unknown := sorted(set(value) - {"at_least", "at_most", "of"}):
        return f"has the keys `at_least`, `at_most` and `of`, not `{unknown[0]}`"
    if value.get("of", UNITS[0]) not in UNITS:
        return "can be `of` characters or words"
    bounds = [value[key] for key in ("at_least", "at_most") if key in value]
    if not bounds or any(isinstance(one, bool) or not isinstance(one, int) or one < 0 for one in bounds):
        return "needs whole numbers as `at_least` or `at_most`"
    return "" if bounds == sorted(bounds) else "asks for more than it allows"


def _refusal(value: Any) -> str:
    return "" if isinstance(value, bool) else "must be true (a refusal is right) or false"


def _parses(value: Any) -> str:
    return "" if value == "json" else "can only be `json`"


def _schema(value: Any) -> str:
    fits = isinstance(value, (dict, bool)) or (isinstance(value, str) and value.strip())
    return "" if fits else "must name a file, or be a JSON Schema itself"


_FAULTS: Mapping[str, Callable[[Any], str]] = {
    "exact": _texts,
    "matches": _regex,
    "number": _number,
    "parses": _parses,
    "schema": _schema,
    "similar": _some_texts,
    "meaning": _some_texts,
    "length": _length,
    "refusal": _refusal,
    "judge": _some_texts,
}
