"""Whether a JSON value contains another one, and if not, where they first differ."""

from __future__ import annotations

import json
import re
from typing import Any

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


def first_difference(expected: Any, actual: Any, path: str = "$") -> str | None:
    """Where ``actual`` does not contain ``expected``, such as ``$.items[2].count: expected 3, got 4``; None: it does.

    Objects may have more keys than expected, lists may not have more items; everything else is equal or not. The
    text holds both values whole.
    """
    if isinstance(expected, dict):
        return _object_difference(expected, actual, path)
    if isinstance(expected, list):
        return _list_difference(expected, actual, path)
    # In Python, True equals 1; in JSON it does not.
    if isinstance(expected, bool) is isinstance(actual, bool) and expected == actual:
        return None
    return _differ(path, expected, actual)


def _object_difference(expected: dict[str, Any], actual: Any, path: str) -> str | None:
    if not isinstance(actual, dict):
        return _differ(path, expected, actual)
    for key, value in expected.items():
        place = f"{path}.{key}" if _PLAIN_KEY.match(key) else f"{path}[{_shown(key)}]"
        if key not in actual:
            return f"{place}: expected {_shown(value)}, it is missing"
        if difference := first_difference(value, actual[key], place):
            return difference
    return None


def _list_difference(expected: list[Any], actual: Any, path: str) -> str | None:
    if not isinstance(actual, list):
        return _differ(path, expected, actual)
    for index, (value, other) in enumerate(zip(expected, actual, strict=False)):
        if difference := first_difference(value, other, f"{path}[{index}]"):
            return difference
    if len(expected) != len(actual):
        return f"{path}: expected {len(expected)} items, got {len(actual)}"
    return None


def _differ(path: str, expected: Any, actual: Any) -> str:
    return f"{path}: expected {_shown(expected)}, got {_shown(actual)}"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
