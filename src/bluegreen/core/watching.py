"""One step of a deployment under watch: the guards' views, folded from the evidence, and what they come to together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto

from bluegreen.core import spec
from bluegreen.core.evidence import Baseline, Tick
from bluegreen.core.guards.base import Guard, GuardFinding
from bluegreen.core.guards.factory import begin
from bluegreen.core.spec import Watch
from bluegreen.core.verdict import Verdict

COMPARING = ("error_rate", "latency", "events", "outputs", "streaming")
"""Guards that judge both releases at the same time, while both have users."""
EXTENSIONS = 2
"""How often a watch that cannot tell is extended by its own length: up to three times as long in all."""


class Conclusion(Enum):
    """What the evidence of a step leads to."""

    GO_ON_WATCHING = auto()
    ALLOW = auto()
    REGRESSED = auto()
    EXTEND = auto()
    HOLD = auto()
    GIVE_UP = auto()
    NOT_JUDGED = auto()


@dataclass(frozen=True)
class Judging:
    """How one step is judged."""

    watch: Watch
    share: int
    """The new release's share of users' requests, in per cent."""
    least: float
    """Seconds of evidence before it may go on."""
    most: float
    """Seconds of evidence after which it is said that nothing can be told."""
    stages: int
    """Into how many steps the false-alarm budget is divided."""
    sticky: bool


@dataclass(frozen=True)
class Watching:
    """How far the judging of one step has come. Frozen: a pure fold of what the journal has."""

    step: int
    judging: Judging
    guards: tuple[Guard, ...]
    last_at: float
    """When evidence was last gathered, in seconds since 1970: to say what a restart missed."""
    elapsed: float = 0.0
    """Seconds of evidence so far; missing evidence counts as time, a controller that is not there does not."""
    missed: float = 0.0
    """Seconds during which no controller gathered evidence."""
    extended: int = 0
    judged: Verdict | None = None
    """The verdict that is on record."""
    standby: Verdict | None = None
    """How the old environment did when it was probed, before going back to it."""
    held: str = ""
    """Why a person is waited for; empty: nobody is."""
    approved: bool = False

    def take(self, ticks: Iterable[Tick]) -> Watching:
        """With more evidence."""
        watching = self
        for tick in ticks:
            guards = tuple(guard.take(tick) for guard in watching.guards)
            watching = replace(watching, guards=guards, elapsed=watching.elapsed + tick.span, last_at=tick.at)
        return watching

    @property
    def limit(self) -> float:
        """Seconds of evidence after which it is said that nothing can be told."""
        return self.judging.most * (1 + self.extended)

    @property
    def verdict(self) -> Verdict:
        """What the guards come to together: one that may roll back is enough to block, every one is needed to allow."""
        verdicts = [guard.verdict for guard in self.guards]
        if all(verdict is Verdict.ALLOW for verdict in verdicts):
            return Verdict.ALLOW
        if Verdict.BLOCK in verdicts and any(_blocks(guard.finding()) for guard in self.guards):
            return Verdict.BLOCK
        return Verdict.CANNOT_TELL

    @property
    def is_compared(self) -> bool:
        """Whether a guard that blocks has found the old release better at the same time: then no cause is shared."""
        asked = zip(self.judging.watch.guards, self.guards, strict=False)  # the one for the split is nobody's
        split = self.judging.share < 100
        return split and any(_compares(one) and _blocks(guard.finding()) for one, guard in asked)

    def findings(self) -> tuple[GuardFinding, ...]:
        return tuple(guard.finding() for guard in self.guards)

    @property
    def reason(self) -> str:
        """The reason of the guard that the verdict hangs on."""
        verdict, findings = self.verdict, self.findings()
        if verdict is Verdict.ALLOW:
            return "healthy so far" if findings else "the file asks for no guards"
        if verdict is Verdict.BLOCK:
            return _said(next(finding for finding in findings if _blocks(finding)))
        alert = next((finding for finding in findings if finding.alerts_only), None)
        return _said(alert or next(finding for finding in findings if finding.verdict is not Verdict.ALLOW))

    @property
    def conclusion(self) -> Conclusion:
        """What the evidence leads to now; whether that is on record already is another matter."""
        verdict = self.verdict
        if verdict is Verdict.BLOCK:
            return Conclusion.REGRESSED
        if self.held and not (self.approved and verdict is Verdict.ALLOW):
            return Conclusion.HOLD
        if verdict is Verdict.ALLOW and self.elapsed >= self.judging.least:
            return Conclusion.ALLOW
        if verdict is Verdict.ALLOW or self.elapsed < self.limit:
            return Conclusion.GO_ON_WATCHING
        match self.judging.watch.cannot_tell:
            case "extend":
                return Conclusion.EXTEND if self.extended < EXTENSIONS else Conclusion.HOLD
            case "hold":
                return Conclusion.HOLD
            case "block":
                return Conclusion.GIVE_UP
            case "finish":
                return Conclusion.NOT_JUDGED


def begin_watching(step: int, judging: Judging, baseline: Baseline | None, at: float) -> Watching:
    """The watch of a step that was confirmed at this time."""
    guards = begin(
        judging.watch,
        baseline or Baseline(),
        judging.share,
        max(judging.most, 1.0),
        judging.stages,
        sticky=judging.sticky,
    )
    return Watching(step, judging, guards, last_at=at)


def _compares(asked: spec.Guard) -> bool:
    fixed = isinstance(asked, spec.Outputs) and asked.at_most is not None
    return asked.kind in COMPARING and not fixed


def _blocks(finding: GuardFinding) -> bool:
    return finding.verdict is Verdict.BLOCK and not finding.alerts_only


def _said(finding: GuardFinding) -> str:
    return f"{finding.guard}: {finding.reason}"
