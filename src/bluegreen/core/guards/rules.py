"""Plain rules: probes, commands and fixed bounds. They err only as their author does, and need no budget."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bluegreen.core.evidence import Tick
from bluegreen.core.guards.base import Figure, GuardFinding
from bluegreen.core.guards.due import IN_A_ROW, Due, has_answered
from bluegreen.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class SaidGuard:
    """Believes what a probe or a command says: blocked by so many refusals in a row, without an allowance between."""

    name: str
    due: Due
    refusals: int = IN_A_ROW
    failed: int = 0
    """Refusals in a row."""
    last: Verdict = Verdict.CANNOT_TELL
    why: str = ""
    """What the last answer said."""
    blocked: bool = False

    def take(self, tick: Tick) -> SaidGuard:
        reading = tick.readings.get(self.name)
        answered = has_answered(reading)
        due = self.due.take(tick.span, reading, is_good=answered)
        if reading is None or not answered or self.blocked:
            return replace(self, due=due)
        assert reading.verdict is not None
        failed = self.failed + 1 if reading.verdict is Verdict.BLOCK else 0
        return SaidGuard(
            self.name, due, self.refusals, failed, reading.verdict, reading.why, blocked=failed >= self.refusals
        )

    @property
    def verdict(self) -> Verdict:
        if self.blocked:
            return Verdict.BLOCK
        return Verdict.ALLOW if self.due.suffices and self.last is Verdict.ALLOW else Verdict.CANNOT_TELL

    def finding(self) -> GuardFinding:
        return GuardFinding(self.name, self.verdict, self._reason())

    def _reason(self) -> str:
        said = f": {self.why}" if self.why else ""
        if self.blocked:
            return f"failed {self.failed} times in a row{said}" if self.refusals > 1 else f"failed{said}"
        if not self.due.suffices:
            return self.due.doubt()
        if self.last is Verdict.ALLOW:
            return f"passed {self.due.good} times{said}" if self.due.good > 1 else f"passed{said}"
        return f"failed {self.failed} of {self.refusals} times in a row that count{said}"


@dataclass(frozen=True, slots=True)
class BoundsGuard:
    """Holds a number between fixed bounds: blocked by three readings in a row beyond them."""

    name: str
    due: Due
    at_least: float | None
    at_most: float | None
    last: float | None = None
    beyond: int = 0
    """Readings in a row beyond the bounds."""
    blocked: bool = False

    def take(self, tick: Tick) -> BoundsGuard:
        reading = tick.readings.get(self.name)
        value = number(reading.value if reading else None)
        due = self.due.take(tick.span, reading, is_good=value is not None)
        if value is None or self.blocked:
            return replace(self, due=due)
        beyond = self.beyond + 1 if self._is_beyond(value) else 0
        return replace(self, due=due, last=value, beyond=beyond, blocked=beyond >= IN_A_ROW)

    def _is_beyond(self, value: float) -> bool:
        under = self.at_least is not None and value < self.at_least
        return under or (self.at_most is not None and value > self.at_most)

    @property
    def verdict(self) -> Verdict:
        if self.blocked:
            return Verdict.BLOCK
        return Verdict.ALLOW if self.due.suffices and not self.beyond else Verdict.CANNOT_TELL

    def finding(self) -> GuardFinding:
        limit = self.at_most if self.at_most is not None else self.at_least
        return GuardFinding(self.name, self.verdict, self._reason(), (Figure("value", "", None, self.last, limit),))

    def _reason(self) -> str:
        if not self.blocked and not self.due.suffices:
            return self.due.doubt()
        bounds = [f"at least {self.at_least:g}"] if self.at_least is not None else []
        bounds += [f"at most {self.at_most:g}"] if self.at_most is not None else []
        asked = " and ".join(bounds)
        if self.blocked or self.beyond:
            row = f", {self.beyond} times in a row beyond it" if self.beyond > 1 else ""
            return f"{self.last:g}, where {asked} is asked for{row}"
        return f"{self.last:g}; {asked} is asked for"


def number(value: float | None) -> float | None:
    """The value, unless it is none (NaN) or infinite."""
    if value is None or value != value or value in (float("inf"), float("-inf")):
        return None
    return value
