"""A watch under way, in words: what `bluegreen status` and the live view of a deployment show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bluegreen.cli.figures import span
from bluegreen.cli.findings import finding_notes, mark_of, verdict_words
from bluegreen.cli.notes import Mark, Note, one_line

Watch = Mapping[str, Any]


def watch_notes(watch: Watch) -> Iterator[Note]:
    """The verdict so far, a line for each guard, and whether a person is waited for."""
    yield Note(f"{verdict_words(watch['verdict'], so_far=True)}: {progress(watch)}", mark_of(watch["verdict"]))
    yield from finding_notes(watch["guards"])
    if watch["held"]:
        yield Note(f"waits for a person: {one_line(watch['held'])}", Mark.UNSURE, [what_to_do(watch["deployment"])])


def progress(watch: Watch) -> str:
    """Such as ``watched 42 s of 5 min at 5 % of the users, 3 s missed, extended twice``."""
    said = f"watched {span(watch['elapsed'])} of {span(watch['seconds'])}"
    if watch["share"] < 100:
        said += f" at {watch['share']} % of the users"
    if round(watch["missed"]):
        said += f", {span(watch['missed'])} missed"
    if watch["extended"]:
        said += f", extended {times(watch['extended'])}"
    return said


def times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def what_to_do(deployment: int) -> str:
    """What ends the wait of a held watch."""
    return f"`bluegreen approve {deployment}` lets it go on, `bluegreen rollback` takes it back"
