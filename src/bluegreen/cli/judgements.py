"""Judgements that were made: when a step's watch ended, and when its guards came to another verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bluegreen.cli.figures import span
from bluegreen.cli.findings import Finding, finding_notes, mark_of, verdict_words
from bluegreen.cli.notes import Note, one_line

Judgement = Mapping[str, Any]


def judged(judgement: Judgement, findings: Sequence[Finding]) -> Note:
    """One judgement with what these of its guards found."""
    verdict = judgement["verdict"]
    text = f"step {judgement['step']}, {judgement['share']} %: {verdict_words(verdict)}, {_watched(judgement)}"
    return Note(text, mark_of(verdict), [line for note in finding_notes(findings) for line in note.lines()])


def judgement_lines(deployment: Mapping[str, Any]) -> Iterator[str]:
    """All judgements of a deployment with their figures."""
    for each in deployment.get("judgements") or ():
        yield from judged(each, each["guards"]).lines()


def verdict_line(deployment: Mapping[str, Any]) -> str | None:
    """The verdict for a receipt: the last one that was reached; None: there is nothing to say about it."""
    judgements = deployment.get("judgements")
    if judgements is None or deployment["kind"] != "deploy":
        return None
    if not judgements:  # a first release has nothing to be compared with
        return "none: the release was not judged" if deployment.get("previous") else None
    last = judgements[-1]
    because = f": {one_line(last['reason'])}" if last["verdict"] != "allow" else ""
    return f"{verdict_words(last['verdict'])}, {_watched(last)}{because}"


def but(reason: str) -> str:
    """What a completed deployment was not: ``completed, not judged: …``; empty for one that was judged healthy."""
    return reason if reason.startswith("completed, ") else ""


def _watched(judgement: Judgement) -> str:
    missed = judgement.get("missed", 0.0)
    return f"watched {span(judgement['elapsed'])}" + (f", {span(missed)} missed" if round(missed) else "")
