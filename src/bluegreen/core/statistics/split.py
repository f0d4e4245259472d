"""Whether requests are split between the releases as was asked for."""

from __future__ import annotations

import math

CONCENTRATION = 1000.0
"""How close to the share asked for another share is taken to be: within about 1.5 percentage points of one half."""


def split_evidence(new: int, old: int, share: float) -> float:
    """The e-value against "each request goes to the new release with the chance ``share``", from the counts so far.

    The ratio of their probability under a Dirichlet prior around the share (the Dirichlet-multinomial) to that under
    the share itself. Its sequence is a martingale under the null, so that it may be looked at after every request
    (Ville). ``share`` lies between 0 and 1.

    Source: Lindon and Malek, Anytime-Valid Inference for Multinomial Count Data, arXiv 2011.03567.
    """
    a, b = CONCENTRATION * share, CONCENTRATION * (1.0 - share)
    log = (
        math.lgamma(a + new)
        - math.lgamma(a)
        + math.lgamma(b + old)
        - math.lgamma(b)
        - math.lgamma(a + b + new + old)
        + math.lgamma(a + b)
        - new * math.log(share)
        - old * math.log1p(-share)
    )
    return math.exp(min(log, 250.0))
