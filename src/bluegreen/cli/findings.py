"""What guards find, in words: a judgement's or a status's list of findings as notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bluegreen.cli.figures import distance, percent, quantity
from bluegreen.cli.notes import Mark, Note, one_line

Finding = Mapping[str, Any]

_NAME = 40
_FIGURE = 80
_MARKS = {"allow": Mark.GOOD, "block": Mark.BAD}
_SO_FAR = {"allow": "healthy so far", "block": "regressed"}
_AT_THE_END = {"allow": "healthy", "block": "regressed"}


def mark_of(verdict: str) -> Mark:
    """A verdict that is not known here counts as cannot tell."""
    return _MARKS.get(verdict, Mark.UNSURE)


def verdict_words(verdict: str, *, so_far: bool = False) -> str:
    """One of three answers; ``so_far``: the watch goes on."""
    return (_SO_FAR if so_far else _AT_THE_END).get(verdict, "cannot tell")


def guard_name(name: str) -> str:
    """It may hold a command or a query of any length."""
    return one_line(name, _NAME)


def finding_notes(findings: Sequence[Finding]) -> list[Note]:
    """A note for each guard, their figures below one another; its reason too where it is not healthy."""
    width = max((len(guard_name(finding["guard"])) for finding in findings), default=0)
    return [_note(finding, width) for finding in findings]


def _note(finding: Finding, width: int) -> Note:
    verdict, reason = finding["verdict"], one_line(finding["reason"])
    figures = "; ".join(figure_words(figure) for figure in finding["figures"])
    parts = [*([figures] if figures else []), *evidence_words(finding)]
    name = guard_name(finding["guard"]).ljust(width)
    healthy = verdict == "allow"
    if healthy and not parts:
        parts = [reason]  # a plain rule has no figures: what it says is all there is
        reason = ""
    note = Note(f"{name}  {'  '.join(parts)}".rstrip(), mark_of(verdict))
    if not healthy:
        note.details.append(f"{verdict_words(verdict)}: {reason}")
    elif any(_is_beyond(figure) for figure in finding["figures"]):
        note.details.append("beyond the limit now, but not certainly worse")
    if finding.get("alerts_only"):
        note.details.append("it alerts only: without a concurrent control it takes nothing back by itself")
    return note


def _is_beyond(figure: Mapping[str, Any]) -> bool:
    """Whether a figure is on the far side of its limit; which side that is, the figure before tells."""
    before, now, limit = (figure[name] for name in ("before", "now", "limit"))
    if None in (before, now, limit) or before == limit:
        return False
    return bool(now > limit) if limit > before else bool(now < limit)


def figure_words(figure: Mapping[str, Any]) -> str:
    """Such as ``errors 0.10 % → 0.12 %, limit 0.21 %``."""
    unit = figure["unit"]
    before = f"{quantity(figure['before'], unit)} → " if figure["before"] is not None else ""
    limit = f", limit {quantity(figure['limit'], unit)}" if figure["limit"] is not None else ""
    return f"{one_line(figure['name'], _FIGURE)} {before}{quantity(figure['now'], unit)}{limit}"


def evidence_words(finding: Finding) -> list[str]:
    """How far it is from the limit, and what would have been found by now."""
    words = []
    if finding["evidence"] is not None and finding["alarm_at"] is not None:
        words.append(f"evidence {distance(finding['evidence'], finding['alarm_at'])}")
    if finding["finds"] is not None:
        words.append(f"would have found ≥ {percent(finding['finds'])}")
    return words
