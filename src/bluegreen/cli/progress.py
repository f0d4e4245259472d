"""Following one deployment to its end: live on a terminal, line by line elsewhere, silent for ``--json``."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext

from bluegreen.cli.asked import Asked
from bluegreen.cli.changes import Changes
from bluegreen.cli.exits import Exit, exit_of_result
from bluegreen.cli.follow import entries, of_deployment
from bluegreen.cli.judgements import but
from bluegreen.cli.lines import Lines, Silent, View
from bluegreen.cli.notes import Note
from bluegreen.cli.output import print_json
from bluegreen.cli.receipts import receipt_lines
from bluegreen.cli.timeline import Timeline
from bluegreen.client import AnswerLost, Client, Json, NoController


def follow_to_end(
    client: Client, app: str, answer: Json, *, as_json: bool, by_hand: bool = False, going_back: bool = False
) -> Exit:
    """Follow the deployment of ``answer`` (``deployment``, ``release``, ``after``) and print how it ended.

    ``by_hand``: its release has to be approved. ``going_back``: what is wanted is that it be rolled back.
    Ctrl-C ends the following, not the deployment. Raises AnswerLost when the controller stays away.
    """
    number, timeline = int(answer["deployment"]), Timeline(by_hand=by_hand)
    asked = Asked(client, app, number)
    tell = _tell_nothing if as_json else Teller(asked)
    try:
        with _view(answer, asked, as_json=as_json) as view:
            found = entries(client, app, int(answer["after"]), waiting=view.waiting)
            for entry in of_deployment(found, number):
                timeline.take(entry)
                tell(timeline, entry)
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
    if timeline.result == "completed" and (said := but(timeline.reason)):
        yield f"  ? {said}"
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


class Teller:
    """Adds to a timeline what its events do not say: the forecast, and verdicts of guards that change."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        # On a terminal the newest verdicts are shown all the time.
        self._changes = Changes(from_the_first=not sys.stdout.isatty())

    def __call__(self, timeline: Timeline, entry: Json) -> None:
        kind = entry["event"]["kind"]
        if kind == "baseline taken" and (forecast := self._asked.forecast()):
            timeline.tell(Note(forecast))
        if kind == "watched" and (watch := self._asked.watch()):
            for note in self._changes.take(watch):
                timeline.tell(note)


def _tell_nothing(timeline: Timeline, entry: Json) -> None:
    pass


def _view(answer: Json, asked: Asked, *, as_json: bool) -> AbstractContextManager[View]:
    if as_json:
        return nullcontext(Silent())
    title = f"{asked.app}: deployment {answer['deployment']}, {answer['release']}"
    if not sys.stdout.isatty():
        return Lines(title, asked.now)
    from bluegreen.cli.live import LiveView

    return LiveView(title, now=asked.now)
