"""A guard that has nothing to compare with."""

from __future__ import annotations

from dataclasses import dataclass

from bluegreen.core.evidence import Tick
from bluegreen.core.guards.base import GuardFinding
from bluegreen.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class UnknownGuard:
    """It cannot tell, whatever comes."""

    name: str
    why: str

    @property
    def verdict(self) -> Verdict:
        return Verdict.CANNOT_TELL

    def take(self, tick: Tick) -> UnknownGuard:
        return self

    def finding(self) -> GuardFinding:
        return GuardFinding(self.name, Verdict.CANNOT_TELL, self.why)
