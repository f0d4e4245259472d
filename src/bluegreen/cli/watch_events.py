"""The events of a watch, as sentences for the history and as notes for a deployment that is followed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bluegreen.cli.figures import duration, percent, span
from bluegreen.cli.findings import guard_name, verdict_words
from bluegreen.cli.judgements import judged
from bluegreen.cli.notes import Mark, Note, one_line
from bluegreen.cli.watching import what_to_do

Event = Mapping[str, Any]


def _baseline(e: Event) -> str:
    found = e["baseline"]
    if not found["requests"]:
        return "there is no traffic before the switch to compare with"
    share = percent(found["errors"] / found["requests"])
    return f"before the switch: {found['requests']:,} requests in {span(found['seconds'])}, {share} of them failed"


def _watched(e: Event) -> str:
    ticks = e["ticks"]
    seen = [tick["new"] for tick in ticks if tick["new"] is not None]
    answered, errors = (sum(counted[what] for counted in seen) for what in ("answered", "errors"))
    missing = len(ticks) - len(seen)
    but = f", evidence of {missing} of {len(ticks)} seconds is missing" if missing else ""
    seconds = span(sum(tick["span"] for tick in ticks))
    return f"step {e['step']} watched for {seconds}: {answered:,} requests, {errors:,} failed{but}"


def _judged(e: Event) -> str:
    return f"step {e['step']} judged: {verdict_words(e['verdict'])}"


def _probed(e: Event) -> str:
    said = {"allow": "it does not fail", "block": "it fails as well: a shared cause"}
    return f"the old environment was probed: {said.get(e['verdict'], 'cannot tell whether it fails')}"


SENTENCES: dict[str, Callable[[Event], str]] = {
    "baseline taken": _baseline,
    "watched": _watched,
    "watch resumed": lambda e: f"the watch goes on after {duration(e['missed'])} without a controller, which it missed",
    "watch extended": lambda e: f"cannot tell yet: the watch of step {e['step']} is extended by its own length",
    "standby probed": _probed,
    "judged": _judged,
    "watch held": lambda e: f"the watch of step {e['step']} waits for a person",
}
"""By kind; what they raise for an event of another version is caught where they are used."""

_MARKS = {"watch resumed": Mark.UNSURE, "watch extended": Mark.UNSURE, "watch held": Mark.UNSURE}


def watch_note(event: Event, reason: str) -> Note | None:
    """What is worth telling while a deployment is followed: not every few seconds of evidence."""
    kind = event["kind"]
    if kind not in SENTENCES or kind == "watched":
        return None
    if kind == "judged":
        return judged(event, [finding for finding in event["findings"] if finding["verdict"] != "allow"])
    note = Note(SENTENCES[kind](event), _MARKS.get(kind, Mark.PLAIN))
    if kind == "baseline taken":
        note.details = [f"? {guard_name(name)}: {one_line(why)}" for name, why in event["baseline"]["missing"].items()]
    elif kind in ("watch extended", "watch held"):
        note.details = [one_line(reason)] if reason else []
    if kind == "watch held":
        note.details.append(what_to_do(event["deployment"]))
    return note
