"""The phases that a deployment went through, from the entries of the history."""

from __future__ import annotations

from dataclasses import dataclass, field

from bluegreen.cli.figures import duration
from bluegreen.cli.notes import Mark, Note
from bluegreen.cli.watch_events import watch_note
from bluegreen.cli.wording import Event, endpoints, evidence, sentence
from bluegreen.client import Json
from bluegreen.core.output import printable


@dataclass
class Stretch:
    """One phase, from when to when (seconds since 1970; None: it goes on)."""

    phase: str
    since: float
    until: float | None = None
    notes: list[Note] = field(default_factory=list)
    good: bool = True


_NOTED = (
    "shared component started",
    "shared component replaced",
    "model loaded",
    "hook finished",
    "route confirmed",
    "route observed",
    "environment stopped",
    "instance crashed",
    "action failed",
    "rollback started",
)
_LEADS_TO = {
    "built": "starting",
    "environment started": "verifying",
    "approved": "switching",
    "step allowed": "switching",
    "rollback started": "rolling back",
}


class Timeline:
    """One deployment as it goes. ``by_hand``: a person has to approve it."""

    def __init__(self, *, by_hand: bool = False) -> None:
        self.stretches: list[Stretch] = []
        self.kind = "deploy"
        self.result: str | None = None
        self.reason = ""
        self.details: list[str] = []
        """Why it ended like this, and what to do about it."""
        self._by_hand = by_hand
        self._found: list[str] = []
        """The reasons of the guards that judged last: what they have said is not said again."""

    def take(self, entry: Json) -> None:
        """Take one entry that concerns this deployment."""
        event, at = entry["event"], float(entry["at"])
        kind = event["kind"]
        if kind == "deployment requested":
            self.kind = event["what"]
            self._enter("switching" if event.get("instant") else "building", at)
        elif kind == "deployment ended":
            self._end(event, entry["reason"], at)
        elif self.result is None and (self.stretches or "deployment" in event):
            if not self.stretches:  # followed from the middle
                self._enter("switching" if kind == "rollback started" else "queued", at)
            self._before_moving(kind)
            if note := self._note(event, entry):
                self.tell(note)
            if phase := self._next(kind):
                self._enter(phase, at)

    @property
    def phase(self) -> str:
        return self.stretches[-1].phase if self.stretches else "queued"

    def tell(self, note: Note) -> None:
        """Add what no event says to the current phase."""
        if self.stretches:
            self.stretches[-1].notes.append(note)

    def _before_moving(self, kind: str) -> None:
        if kind == "approved" and self.phase != "watching":  # only now it is certain that it was waited for
            self.stretches[-1].phase = "awaiting approval"
        if kind == "rollback started":
            self.stretches[-1].good = False

    def _next(self, kind: str) -> str | None:
        if kind == "approved" and self.phase == "watching":
            return None  # a watch that could not tell goes on
        if kind == "verified":
            return "awaiting approval" if self._by_hand and self.kind == "deploy" else "switching"
        if kind == "route confirmed" and self.phase == "switching":
            return "watching"
        if kind == "shared component started" and self.kind == "shared":
            return "switching"
        return _LEADS_TO.get(kind)

    def _enter(self, phase: str, at: float) -> None:
        if self.stretches:
            self.stretches[-1].until = at
        self.stretches.append(Stretch(phase, at))
        if phase == "awaiting approval":
            self.tell(Note("`bluegreen approve` lets it go on, `bluegreen abort` ends it"))

    def _note(self, event: Event, entry: Json) -> Note | None:
        if event["kind"] == "approved" and self.phase == "watching":
            return Note(f"{printable(entry['actor'])} lets it go on, without a verdict of the guards")
        if event["kind"] == "judged":
            self._found = [finding["reason"] for finding in event["findings"]]
        if event["kind"] == "rollback started" and any(found and found in entry["reason"] for found in self._found):
            return Note(sentence(event))
        return _note(event, entry["reason"])

    def _end(self, event: Event, reason: str, at: float) -> None:
        self.result, self.reason = event["result"], printable(reason)
        found = event.get("evidence") or {}
        self.details = [line for part in ("why", "cure") for line in printable(str(found.get(part, ""))).splitlines()]
        if self.stretches:
            self.stretches[-1].until = at
            self.stretches[-1].good = self.result == "completed" or self.phase == "rolling back"


def _note(event: Event, reason: str) -> Note | None:
    kind = event["kind"]
    if kind == "check finished":
        return _check(event, reason)
    if kind == "environment started":
        return Note(endpoints(event))
    if kind == "standby probed":
        return _probed(event)
    if kind not in _NOTED:
        return watch_note(event, reason)
    note = Note(sentence(event) if kind != "rollback started" else printable(reason))
    if kind in ("instance crashed", "action failed") or event.get("succeeded") is False:
        note.mark = Mark.BAD
        note.details = evidence(event.get("evidence") or {"why": reason}, said=note.text)
    return note


def _probed(event: Event) -> Note:
    return Note(sentence(event), details=evidence(event.get("evidence") or {}))


def _check(event: Event, reason: str) -> Note:
    good = event["verdict"] == "allow"
    mark = Mark.GOOD if good else Mark.BAD
    note = Note(f"{printable(event['check'])} ({duration(event['seconds'])})", mark)
    if not good:
        note.details = [*printable(reason).splitlines(), *evidence(event.get("evidence") or {}, said=reason)]
    return note
