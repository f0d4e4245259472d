"""How soon a bad release would be found, at the traffic that there was: told before a deployment."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from bluegreen.core.evidence import Baseline, Counted, Tick
from bluegreen.core.guards.base import Guard
from bluegreen.core.guards.factory import begin
from bluegreen.core.spec import ErrorRate, Watch
from bluegreen.core.verdict import Verdict

Draw = Callable[[], float]
"""Gives a number between 0 and 1 by chance."""
RUNS = 15
TICKS = 1000
"""A longer watch is simulated in so many ticks of more than a second each: what it finds, it finds no sooner."""
BUDGET = 15_000
"""So many ticks are simulated in all, or little more: about a tenth of a second."""
FEW = 30.0
"""Counts with a smaller mean are drawn exactly, others by the normal distribution."""


@dataclass(frozen=True)
class Found:
    """How soon an error rate would be found."""

    rate: float
    seconds: float | None
    """The median; None: not within the watch."""


def forecast(
    watch: Watch, baseline: Baseline, requests_per_second: float, rates: Sequence[float], draw: Draw, stages: int = 1
) -> Sequence[Found]:
    """How soon each of these error rates would be found if it began with the watch, by simulating it.

    Nothing is found without a guard of the error rate, or without traffic.
    """
    guards = begin(watch, baseline, 100 - watch.holdback, watch.duration, stages)
    guard = next((g for g, asked in zip(guards, watch.guards, strict=False) if isinstance(asked, ErrorRate)), None)
    if guard is None or requests_per_second <= 0 or not rates:
        return [Found(rate, None) for rate in rates]
    ticks = min(math.ceil(watch.duration), TICKS)
    runs = max(3, min(RUNS, BUDGET // (ticks * len(rates)))) | 1
    old_rate = baseline.errors / baseline.requests if baseline.requests else 0.0

    def traffic(rate: float) -> Iterator[Tick]:
        span = watch.duration / ticks
        each = requests_per_second * span
        for _ in range(ticks):
            new = _counted(each * (100 - watch.holdback) / 100, rate, draw)
            yield Tick(0.0, span, new, _counted(each * watch.holdback / 100, old_rate, draw))

    return [Found(rate, _median([_found(guard, traffic(rate)) for _ in range(runs)])) for rate in rates]


def in_words(watch: Watch, requests_per_second: float, found: Sequence[Found]) -> str:
    """The forecast as a sentence."""
    some = [f"{_rate(one.rate)} in {_about(one.seconds)}" for one in found if one.seconds is not None]
    none = [_rate(one.rate) for one in found if one.seconds is None]
    opening = f"At your traffic of the last hour ({_number(requests_per_second)} requests a second), "
    if some:
        first, rest = some[0].replace(" in ", " would be found in about ", 1), some[1:]
        parts = [", ".join([f"an error rate of {first}", *rest])]
        parts += [f"{' and '.join(none)} will not be found in {_duration(watch.duration)}"] if none else []
        return f"{opening}{'; '.join(parts)}."
    return f"{opening}an error rate of {' or '.join(none)} will not be found in {_duration(watch.duration)}."


def _found(guard: Guard, traffic: Iterator[Tick]) -> float:
    """After how many seconds a guard blocks; infinite when it does not."""
    seconds = 0.0
    for tick in traffic:
        seconds += tick.span
        guard = guard.take(tick)
        if guard.verdict is Verdict.BLOCK:
            return seconds
    return math.inf


def _median(values: Sequence[float]) -> float | None:
    middle = sorted(values)[len(values) // 2]
    return middle if middle < math.inf else None


def _counted(requests: float, rate: float, draw: Draw) -> Counted:
    answered = _poisson(requests, draw)
    return Counted(answered, answered, min(answered, _poisson(answered * rate, draw)))


def _poisson(mean: float, draw: Draw) -> int:
    """A Poisson count, from one draw: by going up the distribution, or the nearest normal one's quantile."""
    chance = draw()
    if mean >= FEW:
        normal = NormalDist(mean, math.sqrt(mean))
        return max(0, round(normal.inv_cdf(min(max(chance, 1e-12), 1 - 1e-12))))
    count, probability = 0, math.exp(-mean)
    while chance > probability and probability > 0.0:
        chance -= probability
        count += 1
        probability *= mean / count
    return count


def _rate(rate: float) -> str:
    return f"{rate * 100:g} %"


def _about(seconds: float) -> str:
    """Whole seconds, and no more digits than a simulation knows."""
    rounded = round(seconds) if seconds < 60 else round(seconds / 10) * 10
    return f"{rounded} s"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _duration(seconds: float) -> str:
    """Such as ``90 s``, ``5 min`` or ``2 h``."""
    for length, unit in ((3600, "h"), (60, "min")):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g} {unit}"
    return f"{seconds:g} s"
