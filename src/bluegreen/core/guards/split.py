"""Whether users are split between the releases as was asked for."""

from __future__ import annotations

from dataclasses import dataclass

from bluegreen.core.evidence import Tick
from bluegreen.core.guards.base import Figure, GuardFinding
from bluegreen.core.guards.wording import count, share
from bluegreen.core.statistics.split import split_evidence
from bluegreen.core.verdict import Verdict

NAME = "split"


@dataclass(frozen=True, slots=True)
class SplitGuard:
    """Cannot tell while requests are split otherwise than asked for: then the two releases do not serve the same.

    It never leads to a rollback, and so takes no part of the budget. Guarantee: for requests that are assigned
    independently, the chance of ever finding a mismatch that is none is at most α. See `split_evidence`.
    """

    share: float
    """The new release's share that was asked for, above 0 and below 1."""
    alarm_at: float
    new: int = 0
    old: int = 0

    @property
    def name(self) -> str:
        return NAME

    def take(self, tick: Tick) -> SplitGuard:
        new, old = tick.new, tick.old
        if new is None or old is None:
            return self
        return SplitGuard(self.share, self.alarm_at, self.new + new.arrived, self.old + old.arrived)

    @property
    def evidence(self) -> float:
        return split_evidence(self.new, self.old, self.share)

    @property
    def verdict(self) -> Verdict:
        # Nobody asked for this guard: it speaks up against a split that is wrong, and has no say where it sees none.
        return Verdict.CANNOT_TELL if self.evidence >= self.alarm_at else Verdict.ALLOW

    def finding(self) -> GuardFinding:
        both = self.new + self.old
        now = self.new / both if both else None
        figure = Figure("requests to the new release, asked for", "share", self.share, now)
        return GuardFinding(NAME, self.verdict, self._reason(now), (figure,), self.evidence, self.alarm_at)

    def _reason(self, now: float | None) -> str:
        both = self.new + self.old
        if now is None:
            return "no request was seen yet"
        said = f"the new release got {share(now)} of {count(both, 'request')}"
        if self.verdict is Verdict.ALLOW:
            return f"{said}; {share(self.share)} was asked for"
        return f"{said}, where {share(self.share)} was asked for: the releases do not serve the same users"
