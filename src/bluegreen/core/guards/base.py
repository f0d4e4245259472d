"""What a guard is: it takes evidence tick by tick, and says at any time what it thinks of the release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

from bluegreen.core.evidence import Tick
from bluegreen.core.verdict import Verdict


@dataclass(frozen=True)
class Figure:
    """One number that a guard judges by. None: not known."""

    name: str
    """Such as ``errors`` or ``p95``."""
    unit: str
    """``share`` (0 to 1), ``seconds``, or empty for a plain number."""
    before: float | None = None
    now: float | None = None
    limit: float | None = None
    """What is tolerated, the uncertainty of ``before`` included."""


@dataclass(frozen=True)
class GuardFinding:
    """What one guard thinks of the release so far. Three answers: allow is *healthy so far*, block is *regressed*."""

    guard: str
    verdict: Verdict
    reason: str
    """One sentence for people."""
    figures: tuple[Figure, ...] = ()
    evidence: float | None = None
    """The e-value against the release: how many times as likely what was seen is if it is worse. None: a plain rule."""
    alarm_at: float | None = None
    """The e-value at which it counts as regressed: one over this guard's part of the false-alarm budget."""
    finds: float | None = None
    """The smallest share of bad requests that would have been found by now; None: not known, or not applicable."""
    alerts_only: bool = False
    """It has regressed, but may not lead to a rollback by itself (no concurrent control): a person decides."""


@dataclass(frozen=True)
class Stage:
    """Under which circumstances a guard judges: one step of the deployment."""

    share: int
    """The new release's share of users' requests, in per cent; below 100 the old one is a concurrent control."""
    seconds: float
    """How long the stage is meant to last: over so long the start of a regression is looked for."""
    alpha: float
    """The chance of a false alarm that one guard has in this stage."""

    @property
    def has_control(self) -> bool:
        return self.share < 100


class Guard(Protocol):
    """One guard's view of the evidence so far. Frozen: `take` gives a new one. Pure: the same ticks, the same view."""

    @property
    def name(self) -> str: ...

    @property
    def verdict(self) -> Verdict:
        """What `finding` says, without its words and figures: cheap enough for every second."""
        ...

    def take(self, tick: Tick) -> Self: ...

    def finding(self) -> GuardFinding: ...
