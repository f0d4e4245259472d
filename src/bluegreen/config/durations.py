"""Spans of time as people write them: ``30s``, ``1h30m``, ``500ms``; a number alone is seconds."""

from __future__ import annotations

import re

from bluegreen.config.problems import Wrong

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
LONGEST = 366 * 86400.0
PATTERN = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$"

_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)")
_HINT = "write it as `30s`, `1m`, `1h`, `1h30m` or `500ms`; a number alone is seconds"


def seconds(value: object) -> float:
    """The seconds that a value from the file stands for. Raises Wrong."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise Wrong("must be a duration", _HINT)
    if isinstance(value, str):
        if not re.fullmatch(PATTERN.strip("^$"), value, re.ASCII):
            raise Wrong(f"`{value[:40]}` is not a duration", _HINT)
        total = sum(float(number) * UNITS[unit] for number, unit in _PART.findall(value))
    else:
        total = float(min(value, LONGEST + 1))
    if total < 0:
        raise Wrong("a duration cannot be negative")
    if total > LONGEST:
        raise Wrong("longer than a year", "a year (`366d`) is the longest")
    return total
