"""Following one deployment to its end: live on a terminal, line by line elsewhere, silent for ``--json``."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from bluegreen.cli.exits import Exit, exit_of_result
from bluegreen.cli.follow import entries, of_deployment
from bluegreen.cli.output import print_json
from bluegreen.cli.receipts import receipt_lines
from bluegreen.cli.timeline import Note, Timeline
from bluegreen.cli.wording import duration
from bluegreen.client import AnswerLost, Client, Json, NoController
from bluegreen.core.output import printable


class View(Protocol):
    """Shows a timeline as it grows."""

    def update(self, timeline: Timeline) -> None: ...

    def waiting(self, seconds: float) -> None:
        """No controller has answered for so long; 0: one does again."""
        ...


def follow_to_end(
    client: Client, app: str, answer: Json, *, as_json: bool, by_hand: bool = False, going_back: bool = False
) -> Exit:
    """Follow the deployment of ``answer`` (``deployment``, ``release``, ``after``) and print how it ended.

    ``by_hand``: its release has to be approved. ``going_back``: what is wanted is that it be rolled back.
    Ctrl-C ends the following, not the deployment. Raises AnswerLost when the controller stays away.
    """
    number, timeline = int(answer["deployment"]), Timeline(by_hand=by_hand)
    try:
        with _view(answer, app, as_json=as_json) as view:
            found = entries(client, app, int(answer["after"]), waiting=view.waiting)
            for entry in of_deployment(found, number):
                timeline.take(entry)
                view.update(timeline)
    except KeyboardInterrupt:
        return _left(app, number, as_json=as_json)
    code = exit_of_result(timeline.result)
    if going_back and code is Exit.ROLLED_BACK and timeline.kind == "deploy":
        code = Exit.DONE
    ended = _record(client, app, number, timeline)
    if as_json:
        print_json({"app": app, **ended, "exit": int(code)})
    else:
        print("\n".join(in_words(app, ended, timeline)), flush=True)
    return code


def in_words(app: str, ended: Json, timeline: Timeline) -> Iterable[str]:
    """How a deployment ended: the result, why, and the receipt."""
    release, color = ended["release"], ended.get("color")
    headline = {
        "completed": f"{release} is live in {color}" + (f": {ended['url']}" if ended.get("url") else ""),
        "failed": f"failed: {timeline.reason}",
        "aborted": f"aborted: {timeline.reason}",
        "rolled back": f"rolled back: {timeline.reason}",
    }
    if timeline.kind == "shared":
        headline["completed"] = timeline.reason
    yield f"\n{app}: {headline.get(timeline.result or '', 'unknown')}"
    yield from (f"  {line}" for line in timeline.details)
    figures = receipt_lines(ended) if "receipt" in ended else []
    yield from ([""] if figures else [])
    yield from (f"  {name:<12} {text}" for name, text in figures)


def _record(client: Client, app: str, number: int, timeline: Timeline) -> Json:
    """The ended deployment with its receipt; what the events told where the controller is gone again."""
    try:
        found = client.deployment(app, number) | {"url": client.status(app)["url"]}
    except (NoController, AnswerLost):
        return {"number": number, "release": "the release", "result": timeline.result, "reason": timeline.reason}
    found.pop("events", None)
    return found


def _left(app: str, number: int, *, as_json: bool) -> Exit:
    said = f"Deployment {number} goes on without this command."
    follow = f"bluegreen events --follow --app {app}"
    abort = f"bluegreen abort {number} --app {app}"
    if as_json:
        print_json({"app": app, "number": number, "result": None, "notice": said, "exit": int(Exit.UNKNOWN)})
    print(f"\n{said}\n  follow it:  {follow}\n  end it:     {abort}", file=sys.stderr)
    return Exit.UNKNOWN


def _view(answer: Json, app: str, *, as_json: bool) -> AbstractContextManager[View]:
    if as_json:
        return nullcontext(Silent())
    title = f"{app}: deployment {answer['deployment']}, {answer['release']}"
    if not sys.stdout.isatty():
        return nullcontext(Lines(title))
    from bluegreen.cli.live import LiveView

    return LiveView(title)


class Silent:
    """Shows nothing."""

    def update(self, timeline: Timeline) -> None:
        pass

    def waiting(self, seconds: float) -> None:
        pass


class Lines:
    """One line for each phase and each note, as they come: for logs and pipes."""

    def __init__(self, title: str) -> None:
        print(title, flush=True)
        self._shown: list[int] = []
        """How many notes of each phase were printed."""
        self._waiting = False

    def update(self, timeline: Timeline) -> None:
        for index, stretch in enumerate(timeline.stretches):
            if index == len(self._shown):
                self._shown.append(0)
                print(f"{stretch.since - timeline.stretches[0].since:>7.1f} s  {stretch.phase}")
            for note in stretch.notes[self._shown[index] :]:
                print("\n".join(f"{'':>11}{line}" for line in note_lines(note)))
            self._shown[index] = len(stretch.notes)
        sys.stdout.flush()

    def waiting(self, seconds: float) -> None:
        if bool(seconds) != self._waiting:
            self._waiting = bool(seconds)
            print(f"{'':>11}{away(seconds) if seconds else 'the controller is back'}", flush=True)


def note_lines(note: Note) -> list[str]:
    """A note with its mark, its details indented."""
    mark = {True: "✓", False: "✗", None: "·"}[note.good]
    return [f"{mark} {printable(note.text)}", *(f"    {line}" for line in note.details)]


def away(seconds: float) -> str:
    return f"the controller does not answer, trying again ({duration(seconds)}); users are served without it"
