"""Why a release is taken back, for who investigates: which metric, how sure, and which flags the release changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bluegreen.core.flag_changes import FlagChange, in_words
from bluegreen.core.guards.base import Figure, GuardFinding
from bluegreen.core.model import Deployment
from bluegreen.core.verdict import Verdict


@dataclass(frozen=True)
class Blame:
    """What led users back. ``guard`` None: no guard did (a person, a dead environment)."""

    reason: str
    flags: tuple[FlagChange, ...]
    """What the release changed against the one that users are back on."""
    guard: str | None = None
    figures: tuple[Figure, ...] = ()
    evidence: float | None = None
    """The guard's e-value against the release; None: a plain rule, which is not about chance."""
    alarm_at: float | None = None
    sure: str = ""
    """How sure that is, in words."""


def blame(d: Deployment, findings: Sequence[GuardFinding]) -> Blame:
    """``findings``: of the last judgement, none where there was none."""
    guilty = next((f for f in findings if f.verdict is Verdict.BLOCK and not f.alerts_only), None)
    if guilty is None:
        return Blame(d.reason, d.flags)
    return Blame(d.reason, d.flags, guilty.guard, guilty.figures, guilty.evidence, guilty.alarm_at, how_sure(guilty))


def how_sure(finding: GuardFinding) -> str:
    """From the e-value: under a release that is no worse it reaches E, ever, with a chance of at most 1/E (Ville)."""
    if finding.evidence is None or finding.evidence < 1:
        return ""
    times = "1,000,000" if finding.evidence >= 1e6 else f"{int(finding.evidence):,}"
    return f"by chance at most once in {times} releases that are no worse"


def naming_flags(reason: str, d: Deployment, findings: Sequence[GuardFinding] = ()) -> str:
    """The reason of a rollback; of a release that changed flags with how sure it is, and with the flags."""
    if not d.flags:
        return reason
    sure = blame(d, findings).sure
    return f"{reason}{f' ({sure})' if sure else ''}. r{d.release} changed flags: {in_words(d.flags)}"
