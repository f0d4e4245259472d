"""Checks under way, in words: what `bluegreen status` and whoever follows a deployment is shown."""

from __future__ import annotations

from collections.abc import Iterable

from bluegreen.cli.figures import span
from bluegreen.cli.notes import Note, one_line
from bluegreen.client import Json

_NAME = 60


def checking_notes(checks: Iterable[Json], now: float) -> list[Note]:
    """A note for each check that runs: for how long, and how far it is. ``now`` in seconds since 1970."""
    return [_note(check, now) for check in checks]


def _note(check: Json, now: float) -> Note:
    """Such as ``golden evals/golden.jsonl (42 s): 120 of 400 cases, 3 failed so far``."""
    text = f"{one_line(check['check'], _NAME)} ({span(max(0.0, now - check['since']))})"
    return Note(f"{text}: {one_line(check['said'])}" if check["said"] else text)
