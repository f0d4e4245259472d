"""What follows from answers that were compared in the shadow of users' requests."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from bluegreen.core.check_specs import ShadowCheck
from bluegreen.core.statistics.mcnemar import finds, log_evidence
from bluegreen.core.verdict import Verdict


@dataclass(frozen=True)
class Tally:
    """How many copies of users' requests came, and what became of them."""

    same: int = 0
    """The new release answered as the live one did, and the live one answered twice alike."""
    new_only: int = 0
    """Only the new release answered differently."""
    live_only: int = 0
    """Only the live release, asked again, answered differently: noise."""
    both: int = 0
    """Both did."""
    unanswered: int = 0
    """The live release gave no answer to compare with."""
    dropped: int = 0
    """Never asked about: more came than could be asked, or they were too long."""
    refused: int = 0
    """Among the compared ones, those that the live release answered with 401 or 403."""

    @property
    def compared(self) -> int:
        return self.same + self.new_only + self.live_only + self.both

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Tally)))


def is_worse(check: ShadowCheck, tally: Tally) -> bool:
    """Whether the new release is proved to differ, so that nothing more need be compared."""
    return log_evidence(tally.new_only, tally.live_only) >= math.log(1 / check.false_alarm)


def smallest_found(check: ShadowCheck, tally: Tally) -> float | None:
    """The smallest share of changed answers that would have been found by now; None: none would."""
    return finds(tally.same, tally.new_only, tally.live_only, 1 / check.false_alarm)


def judge(check: ShadowCheck, tally: Tally, live: str, new: str) -> tuple[Verdict, str]:
    """The verdict when the time is over, or sooner when it is a block, with its reason.

    ``live`` and ``new`` are the names of the releases, such as ``r11``.
    """
    if is_worse(check, tally):
        return Verdict.BLOCK, (
            f"{new} alone answered {_requests(tally.new_only)} of {tally.compared} differently; "
            f"{live}, asked twice, {_requests(tally.live_only, bare=True)}"
        )
    smallest = smallest_found(check, tally)
    if smallest is None or smallest > check.must_find:
        return Verdict.CANNOT_TELL, _too_little(check, tally, live, smallest)
    noise = (tally.live_only + tally.both) / tally.compared
    return Verdict.ALLOW, (
        f"{tally.compared} answers compared: {new} differs from {live} no more often than {live} from itself "
        f"({noise:.0%}); {smallest:.1%} of changed answers would have been found{_refused(tally)}"
    )


def _too_little(check: ShadowCheck, tally: Tally, live: str, smallest: float | None) -> str:
    if not tally.compared:
        lost = [
            f"{live} answered none of {tally.unanswered}" if tally.unanswered else "",
            f"{tally.dropped} could not be asked about" if tally.dropped else "",
        ]
        return "no answers were compared: " + (", ".join(filter(None, lost)) or "no copies of users' requests came")
    if smallest is None:
        would = "not even a release that has changed every answer would have been found"
    else:
        would = f"a release would have been found that has changed {smallest:.0%} of its answers"
    return f"too few answers ({tally.compared}): {would}, and {check.must_find:.0%} must be{_refused(tally)}"


def _requests(count: int, *, bare: bool = False) -> str:
    return str(count) if bare else f"{count} request{'' if count == 1 else 's'}"


def _refused(tally: Tally) -> str:
    """Copies have no credentials unless the file says otherwise: what that hides is said."""
    if tally.refused * 10 < tally.compared:
        return ""
    return f"; {tally.refused / tally.compared:.0%} of them were answered 401 or 403"
