"""When a regression begins is not known: part of the stake is kept for later."""

from __future__ import annotations

AT_ONCE = 0.5
MEANWHILE = 0.4
LONGER = 3.0
"""A watch that cannot tell is extended up to so many times its length: what is left is spread over that."""


def staked(elapsed: float, seconds: float) -> float:
    """The part of the stake that has been put down after so many seconds of a stage of ``seconds``; grows to 1.

    A test that starts anew with every part keeps its guarantee: with weights w_0, w_1, … that sum to 1 and are fixed
    beforehand, S_t = (S_{t-1} + w_t) e_t and what is not staked yet are together a non-negative supermartingale that
    starts at 1 (the mixture of Shiryaev and Roberts, as a bet).
    """
    length = max(seconds, 1.0)
    meanwhile = min(elapsed / length, 1.0)
    later = min(max(elapsed / length - 1.0, 0.0) / (LONGER - 1.0), 1.0)
    return AT_ONCE + MEANWHILE * meanwhile + (1.0 - AT_ONCE - MEANWHILE) * later
