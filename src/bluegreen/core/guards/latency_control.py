"""How long users' requests take, against the old release at the same time as well as before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bluegreen.core.evidence import Tick
from bluegreen.core.guards.base import Figure, GuardFinding
from bluegreen.core.guards.latency import LatencyGuard, named, slower_than
from bluegreen.core.guards.wording import share
from bluegreen.core.statistics.control import Control
from bluegreen.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class LatencyControlGuard:
    """Goes back when answers are slower than was tolerated before, and more so than the old release's are now.

    Two tests must both have raised the alarm, so the guarantee of either is enough: the bet against the release
    before (see `LatencyGuard`), and the comparison of slow answers at the same time (see `Control`), which is not
    fooled when something slows both down. The ratio of slow answers that is tolerated is the one between an old
    release that is slower by the tolerated factor and itself, before.
    """

    alone: LatencyGuard
    controls: tuple[Control, ...]
    old: tuple[int, ...]
    """Slow answers of the old release, for each limit."""
    new_timed: int = 0
    old_timed: int = 0
    uneven: bool = False
    """Whether the comparison with the old release has raised the alarm; that stays."""

    @property
    def name(self) -> str:
        return self.alone.name

    def take(self, tick: Tick) -> LatencyControlGuard:
        new, old = tick.new, tick.old
        limits = len(self.controls)
        if new is not None and (old is None or len(old.slow) not in (0, limits)):
            # Without both there is nothing to compare: missing, whatever the new one says.
            why = tick.missing or "the old release's times were not measured"
            return replace(self, alone=self.alone.take(replace(tick, new=None, missing=why)))
        alone = self.alone.take(tick)
        if old is None or not old.timed or len(old.slow) != limits or alone.timed == self.alone.timed:
            return replace(self, alone=alone)
        timed = alone.timed - self.alone.timed
        slow = [after - before for after, before in zip(alone.slow, self.alone.slow, strict=True)]
        controls = tuple(
            [
                control.take(bad, min(usual, old.timed), timed, old.timed, alone.presence.elapsed)
                for control, bad, usual in zip(self.controls, slow, old.slow, strict=True)
            ]
        )
        return LatencyControlGuard(
            alone,
            controls,
            tuple([a + b for a, b in zip(self.old, old.slow, strict=True)]),
            self.new_timed + timed,
            self.old_timed + old.timed,
            self.uneven or _evidence(controls) >= alone.alarm_at,
        )

    @property
    def verdict(self) -> Verdict:
        alone = self.alone.verdict
        if alone is Verdict.BLOCK and not self.uneven:
            return Verdict.CANNOT_TELL
        if alone is Verdict.ALLOW and not self._has_power:
            return Verdict.CANNOT_TELL
        return alone

    @property
    def _has_power(self) -> bool:
        """Whether all answers of the new release being slow would have been found, given how slow the old one was."""
        return any(
            control.would_find(self.new_timed, old, self.new_timed, self.old_timed, self.alone.alarm_at * len(self.old))
            for control, old in zip(self.controls, self.old, strict=True)
        )

    def finding(self) -> GuardFinding:
        verdict, alone = self.verdict, self.alone.finding()
        old = tuple(
            Figure(f"of the old release now, {named(threshold)}", "share", threshold.usual, self._share_of_old(slow))
            for threshold, slow in zip(self.alone.thresholds, self.old, strict=True)
        )
        return replace(
            alone,
            verdict=verdict,
            reason=self._reason(verdict, alone),
            figures=alone.figures + old,
            evidence=min(self.alone.evidence, _evidence(self.controls)),
        )

    def _share_of_old(self, slow: int) -> float | None:
        return slow / self.old_timed if self.old_timed else None

    def _reason(self, verdict: Verdict, alone: GuardFinding) -> str:
        parts = zip(self.alone.thresholds, self.old, strict=True)
        shares = [f"{share(self._share_of_old(slow) or 0.0)} {slower_than(threshold)}" for threshold, slow in parts]
        old = f"the old release now: {', '.join(shares)}" if self.old_timed else "the old release answered nothing"
        if alone.verdict is Verdict.BLOCK and verdict is Verdict.CANNOT_TELL:
            return f"{alone.reason}; {old}: that is not clearly less"
        if alone.verdict is Verdict.ALLOW and verdict is Verdict.CANNOT_TELL:
            return f"{self.old_timed:,} answers of the old release are too few to compare with"
        return f"{alone.reason}; {old}" if verdict is Verdict.BLOCK else alone.reason


def _evidence(controls: tuple[Control, ...]) -> float:
    return sum([control.evidence for control in controls]) / len(controls)
