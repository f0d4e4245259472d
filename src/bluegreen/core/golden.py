"""What follows from the answers to a golden set: pure arithmetic over outcomes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bluegreen.core.check_specs import Golden
from bluegreen.core.golden_cases import Outcome
from bluegreen.core.verdict import Verdict


@dataclass(frozen=True)
class Pairs:
    """Cases that both releases were asked, and could be judged on both sides."""

    cases: int
    only_live: int
    """Cases that pass with the live release only."""
    only_new: int

    @property
    def p(self) -> float:
        """How likely so many of the differing cases, or more, would pass with the live release only, were both alike.

        McNemar's test, exact and one-sided: given that one release passes a case and the other does not, either is as
        likely to be the one that passes, so ``only_live`` is binomial with 1/2. Source: McNemar, "Note on the sampling
        error of the difference between correlated proportions", Psychometrika 12 (1947); its exact form is the sign
        test over the differing pairs.
        """
        differing = self.only_live + self.only_new
        term = total = math.comb(differing, self.only_live)
        for passes in range(self.only_live, differing):
            term = term * (differing - passes) // (passes + 1)
            total += term
        return float(total / 2**differing)


@dataclass(frozen=True)
class Judgement:
    """What a golden set says of a release."""

    verdict: Verdict
    reason: str
    passed: int
    untold: int
    pairs: Pairs | None
    """None: there was nothing to compare with, or it was not asked for."""


def fewest(false_alarm: float) -> int:
    """Fewer cases than these can never show that a release is worse, even if all pass with the live one only."""
    return math.ceil(-math.log2(false_alarm))


def judge(golden: Golden, new: Sequence[Outcome], live: Sequence[Outcome] | None, live_release: str = "") -> Judgement:
    """Whether a release passes: enough cases do, and it is not worse than the live release on the same ones.

    A case that could not be told is no pass. Where the verdict hangs on such cases, it is *cannot tell*: so it is when
    enough would pass if all of those did, and when the release would be worse than the live one if none of them did.
    """
    passed = sum(outcome.passed is True for outcome in new)
    untold = sum(outcome.passed is None for outcome in new)
    pairs = _pairs(new, live, untold_fails=False) if live is not None else None
    share = f"{passed} of {len(new)} cases pass ({_share(passed, len(new))}; {_per_cent(golden.passing)} are asked for)"
    if passed + untold < _needed(golden, len(new)):
        return Judgement(Verdict.BLOCK, share, passed, untold, pairs)
    if pairs is not None and _worse(golden, pairs):
        reason = f"{share}, but it is worse than {live_release}, which is live: {compared(pairs)}"
        return Judgement(Verdict.BLOCK, reason, passed, untold, pairs)
    if passed < _needed(golden, len(new)):
        reason = f"{share}, and {untold} could not be told"
        return Judgement(Verdict.CANNOT_TELL, reason, passed, untold, pairs)
    if live is not None and _worse(golden, _pairs(new, live, untold_fails=True)):
        reason = f"{share}; {untold} could not be told, and without them it may be worse than {live_release}"
        return Judgement(Verdict.CANNOT_TELL, reason, passed, untold, pairs)
    return Judgement(Verdict.ALLOW, f"{share}; {_beside(golden, pairs, live_release)}", passed, untold, pairs)


def _pairs(new: Sequence[Outcome], live: Sequence[Outcome], *, untold_fails: bool) -> Pairs:
    both = [
        (bool(ours.passed), theirs.passed)
        for ours, theirs in zip(new, live, strict=True)
        if theirs.passed is not None and (ours.passed is not None or untold_fails)
    ]
    return Pairs(
        cases=len(both),
        only_live=sum(theirs and not ours for ours, theirs in both),
        only_new=sum(ours and not theirs for ours, theirs in both),
    )


def _needed(golden: Golden, cases: int) -> int:
    """Of so many cases, how many have to pass; the tolerance is for shares such as 0.98, which binary cannot write."""
    return math.ceil(golden.passing * cases - 1e-9)


def _worse(golden: Golden, pairs: Pairs) -> bool:
    return pairs.p <= golden.false_alarm


def _beside(golden: Golden, pairs: Pairs | None, live_release: str) -> str:
    """What the comparison says of a release that passes."""
    if pairs is None:
        return (
            "there is no live release to compare with" if golden.against_live else "not compared with the live release"
        )
    least = fewest(golden.false_alarm)
    if pairs.cases < least:
        few = f"{pairs.cases} cases compared with {live_release}, which is live, and fewer than {least} show nothing"
        return f"{few}: only the share counts"
    return f"no worse than {live_release}, which is live: {compared(pairs)}"


def compared(pairs: Pairs) -> str:
    """What the differing cases say, such as ``8 pass only there, 0 only here (p = 0.004)``."""
    return f"{pairs.only_live} pass only there, {pairs.only_new} only here (p = {_p(pairs.p)})"


def _p(value: float) -> str:
    return f"{value:.2f}" if value >= 0.095 else f"{value:.1g}"


def _share(passed: int, cases: int) -> str:
    return _per_cent(passed / cases if cases else 0.0)


def _per_cent(share: float) -> str:
    """Rounded down: 199.9 of 200 is not 100 %."""
    return f"{math.floor(share * 1000 + 1e-6) / 10:g} %"
