"""How the chance of a false alarm is shared out."""

from __future__ import annotations

from bluegreen.core.spec import AnswerGuard, ErrorRate, EventRatio, Guard, Latency, Prometheus, Watch

FOR_THE_TEST = 0.8
"""This part of a guard's chance of a false alarm goes to its test, the rest to the uncertainty of the baseline."""


def is_statistical(guard: Guard) -> bool:
    """Whether it judges by a test that may err; plain rules (a failing probe, a fixed bound) need no budget."""
    if isinstance(guard, Prometheus):
        return guard.worse_than is not None
    return isinstance(guard, ErrorRate | Latency | EventRatio | AnswerGuard)


def alpha(watch: Watch, stages: int) -> float:
    """The chance of a false alarm of one guard in one stage.

    The sum over guards and stages is ``watch.false_alarm``, and the chance that any of them errs is at most the sum
    (Bonferroni), however they depend on one another.
    """
    tests = sum(is_statistical(guard) for guard in watch.guards)
    return watch.false_alarm / (max(1, tests) * max(1, stages))
