"""How many times as much as before is tolerated (``2x``), small chances and parts of a whole (``0.5%``)."""

from __future__ import annotations

import re

from bluegreen.config.problems import Wrong

FACTOR = r"^[0-9]+(\.[0-9]+)?x$"
PER_CENT = r"^[0-9]+(\.[0-9]+)?%$"
GREATEST = 1000.0


def factor(value: object) -> float:
    """``2x``, ``0.9x`` or the number alone, between 0 and 1000. Raises Wrong."""
    if isinstance(value, str) and re.fullmatch(FACTOR.strip("^$"), value, re.ASCII):
        value = float(value[:-1])
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Wrong(f"`{_shown(value)}` does not say how many times as much", "such as `2x`, `1.5x` or `0.9x`")
    if not 0 < value <= GREATEST:
        raise Wrong(f"`{_shown(value)}` is not more than 0x and at most {GREATEST:g}x", "such as `2x`")
    return float(value)


def above_one(value: float) -> float:
    """A factor of what may only grow. Raises Wrong."""
    if value <= 1:
        hint = "such as `1.5x`: up to half as much again as before is tolerated"
        raise Wrong(f"`{value:g}x` would tolerate no more than there was before", hint)
    return value


def below_one(value: float) -> float:
    """A factor of what may only shrink. Raises Wrong."""
    if value >= 1:
        hint = "such as `0.7x`: less than seven tenths of before is worse"
        raise Wrong(f"`{value:g}x` would find nothing that is worse than before", hint)
    return value


def not_one(value: float) -> float:
    """A factor that says by itself in which direction worse is. Raises Wrong."""
    if value == 1:
        hint = "`0.9x`: less than nine tenths is worse; `1.5x`: more than half as much again is worse"
        raise Wrong("`1x` does not say whether less or more than before is worse", hint)
    return value


def holdback(value: int) -> int:
    """The old release's share. Raises Wrong."""
    if value > 50:
        raise Wrong(f"`{value}%` would leave most users with the old release", "from `1%` to `50%`; `5%` is a good one")
    return value


def chance(value: object) -> float:
    """The chance of a false alarm, from 0.01 % to 20 %, as a share of 1. Raises Wrong."""
    if not isinstance(value, str) or not re.fullmatch(PER_CENT.strip("^$"), value, re.ASCII):
        raise Wrong(f"`{_shown(value)}` is not a chance in per cent", "such as `1%` or `0.5%`")
    per_cent = float(value[:-1])
    if not 0.01 <= per_cent <= 20:
        raise Wrong(f"`{_shown(value)}` is not a chance between 0.01% and 20%", "`1%` is a good one")
    return per_cent / 100


def part(value: object) -> float:
    """A part of a whole, from 0.01 % to 100 %, as a share of 1. Raises Wrong."""
    if not isinstance(value, str) or not re.fullmatch(PER_CENT.strip("^$"), value, re.ASCII):
        raise Wrong(f"`{_shown(value)}` is not a share in per cent", "such as `10%` or `0.5%`")
    per_cent = float(value[:-1])
    if not 0.01 <= per_cent <= 100:
        raise Wrong(f"`{_shown(value)}` is not a share between 0.01% and 100%")
    return per_cent / 100


def share(value: object) -> float:
    """What is less than a whole, from 0.01 %, as a share of 1. Raises Wrong."""
    found = part(value)
    if found >= 1:
        raise Wrong(f"`{_shown(value)}` would tolerate everything", "such as `5%`")
    return found


def _shown(value: object) -> str:
    return str(value)[:40]
