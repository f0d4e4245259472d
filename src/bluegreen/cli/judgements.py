"""Judgements that were made: when a step's watch ended, and when its guards came to another verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bluegreen.cli.figures import span
from bluegreen.cli.findings import finding_notes, mark_of, verdict_words
from bluegreen.cli.notes import Note, one_line

Judgement = Mapping[str, Any]


def judged(judgement: Judgement, reason: str) -> Note:
    """One judgement with what each guard found; from the API, or from an event, which calls the guards ``findings``."""
    verdict = judgement["verdict"]
    because = f": {one_line(reason)}" if reason and verdict != "allow" else ""
    share = f", {judgement['share']} %" if "share" in judgement else ""
    guards = judgement["guards"] if "guards" in judgement else judgement["findings"]
    text = f"step {judgement['step']}{share}: {verdict_words(verdict)}, {_watched(judgement)}{because}"
    return Note(text, mark_of(verdict), [line for note in finding_notes(guards) for line in note.lines()])


def judgement_lines(deployment: Mapping[str, Any]) -> Iterator[str]:
    """All judgements of a deployment with their figures."""
    for each in deployment.get("judgements") or ():
        yield from judged(each, each["reason"]).lines()


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
