"""Verdicts of guards that change while a release is watched."""

from __future__ import annotations

from collections.abc import Iterator

from bluegreen.cli.findings import finding_notes, mark_of, verdict_words
from bluegreen.cli.notes import Note
from bluegreen.cli.watching import Watch, progress


class Changes:
    """Remembers each guard's verdict: the same thing is told once.

    ``from_the_first``: a step's first verdict is told as well.
    """

    def __init__(self, *, from_the_first: bool) -> None:
        self._from_the_first = from_the_first
        self._step = 0
        self._verdicts: dict[str, str] = {}

    def take(self, watch: Watch) -> Iterator[Note]:
        """A note on the step's first verdict, and on every change of one of its guards."""
        first = watch["step"] != self._step
        before, self._step = self._verdicts, watch["step"]
        self._verdicts = {finding["guard"]: finding["verdict"] for finding in watch["guards"]}
        changed = [f for f in watch["guards"] if before.get(f["guard"]) != f["verdict"]]
        if first and not self._from_the_first:
            return
        if first:
            changed = [finding for finding in watch["guards"] if finding["verdict"] != "allow"]
        if first or changed:
            # The judgement that follows a regression at once says why.
            told = [] if watch["verdict"] == "block" else changed
            details = [line for note in finding_notes(told) for line in note.lines()]
            said = f"{verdict_words(watch['verdict'], so_far=True)}: {progress(watch)}"
            yield Note(said, mark_of(watch["verdict"]), details)
