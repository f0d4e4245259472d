"""Whether the new release alone differs from the live one more often than the live one differs from itself."""

from __future__ import annotations

import math

THETAS = (0.55, 0.6, 0.7, 0.8, 0.9, 0.97)
"""Of the pairs in which just one answer differs, the share in which it is the new release's, as each part of the
stake takes it to be: little more than half suits noisy answers, nearly all suits answers without noise."""


def log_evidence(new_only: float, live_only: float) -> float:
    """The logarithm of the e-value against "the new release differs no more often than the live one from itself".

    Each request is answered three times: by the live release, by the new one, and by the live one again.
    ``new_only`` (b) counts those of which only the new release's answer differs from the first one, ``live_only`` (c)
    those of which only the second answer of the live release does. Where both or neither differ, nothing is learned.

    If the new release is no different, its answer and the live one's second answer can be exchanged, so that of the
    b + c requests each is one of b with the chance 1/2, or less if it differs less often. For θ > 1/2 the factors 2θ
    for one of b and 2(1 - θ) for one of c have an expectation of at most 1 then, given the past; so their product is
    a non-negative supermartingale that starts at 1, and so is the mean over several θ. By Ville's inequality the
    chance that it *ever* reaches 1/α is at most α: it may be looked at after every request.

    Source: the pairs are those of McNemar, Psychometrika 12 (1947); the mixture of likelihood ratios is the one of
    Robbins, Annals of Mathematical Statistics 41 (1970); e-values: Grünwald, de Heide and Koolen, arXiv 1906.07801.
    What it does not cover: an order in which the three are asked that favours one of the two, and answers that
    depend on how often the same environment was asked before.
    """
    logs = [new_only * math.log(2 * theta) + live_only * math.log(2 * (1 - theta)) for theta in THETAS]
    top = max(logs)
    return top + math.log(sum(math.exp(log - top) for log in logs) / len(THETAS))


def finds(same: int, new_only: int, live_only: int, alarm_at: float) -> float | None:
    """The smallest share of its answers that a new release could have changed and typically been found by now.

    The noise is what these counts show: the b + c requests in which one answer differs are halved. A regression
    changes a part of all answers, whatever noise there is in them. Where they were ``same``, that adds to b; where only
    the live release differs, it takes from c; an answer that differs anyway tells nothing. The share is to three
    digits; None when not even a release that has changed every answer would have been found.
    """
    noise = (new_only + live_only) / 2

    def found(part: float) -> bool:
        return log_evidence(noise + part * same, noise - part * noise) >= math.log(alarm_at)

    if not found(1.0):
        return None
    low, high = 0.0, 1.0
    while high - low > 0.0005:
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high
