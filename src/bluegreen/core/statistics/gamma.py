"""Upper limits for counted events, from the gamma distribution."""

from __future__ import annotations

import math

STEPS = 500
PRECISION = 1e-13


def cumulative(shape: float, x: float) -> float:
    """P(X ≤ x) of a gamma variable with this shape and scale 1 (the regularised lower incomplete gamma function).

    By its series below ``shape + 1``, by Lentz's continued fraction above (Press et al., Numerical Recipes, 6.2).
    """
    if x <= 0:
        return 0.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        return min(1.0, front * _series(shape, x))
    return max(0.0, 1.0 - front * _fraction(shape, x))


def upper_limit(events: float, alpha: float) -> float:
    """The largest mean of a Poisson variable that is not excluded at ``alpha`` by having seen ``events``.

    The exact one-sided limit (Garwood 1936): the ``1 - alpha`` quantile of the gamma distribution with shape
    ``events + 1``. It holds for sums of independent, rare events too, whose spread is smaller than Poisson's.
    """
    low, high = 0.0, events + 1.0
    while _above(events + 1.0, high) > alpha:
        low, high = high, 2.0 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _above(events + 1.0, middle) > alpha else (low, middle)
    return high


def lower_limit(events: float, alpha: float) -> float:
    """The smallest mean of a Poisson variable that is not excluded at ``alpha`` by having seen ``events``."""
    if events <= 0:
        return 0.0
    low, high = 0.0, events
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if cumulative(events, middle) > alpha else (middle, high)
    return low


def _above(shape: float, x: float) -> float:
    """P(X > x), exact in its small values."""
    if x < shape + 1:
        return 1.0 - cumulative(shape, x)
    return math.exp(shape * math.log(x) - x - math.lgamma(shape)) * _fraction(shape, x)


def _series(shape: float, x: float) -> float:
    term = total = 1.0 / shape
    for step in range(1, STEPS + int(10 * math.sqrt(shape))):
        term *= x / (shape + step)
        total += term
        if term < total * PRECISION:
            break
    return total


def _fraction(shape: float, x: float) -> float:
    tiny = 1e-300
    b = x + 1.0 - shape
    c, d = 1.0 / tiny, 1.0 / b
    value = d
    for step in range(1, STEPS + int(10 * math.sqrt(shape))):
        a = -step * (step - shape)
        b += 2.0
        d = a * d + b
        c = b + a / c
        d = 1.0 / (d if abs(d) > tiny else tiny)
        c = c if abs(c) > tiny else tiny
        value *= d * c
        if abs(d * c - 1.0) < PRECISION:
            break
    return value
