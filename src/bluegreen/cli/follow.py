"""Following the history of an application, across restarts of the controller."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from bluegreen.client import AnswerLost, Client, Json, NoController

GIVE_UP_AFTER = 30.0
"""Seconds without a controller after which nobody waits for it any longer."""
_PAUSE = 0.3


def _ignore(seconds: float) -> None:
    pass


def entries(client: Client, app: str, after: int, *, waiting: Callable[[float], None] = _ignore) -> Iterator[Json]:
    """Every entry behind number ``after``, for ever. A controller that restarts is waited for.

    ``waiting`` is told for how many seconds no controller answers, and 0 when one does again.

    Raises:
        AnswerLost: none answered for `GIVE_UP_AFTER` seconds.
    """
    lost_at: float | None = None
    while True:
        try:
            for entry in client.stream(app, after=after):
                if lost_at is not None:
                    lost_at = None
                    waiting(0.0)
                if entry is not None:
                    after = entry["seq"]
                    yield entry
        except (NoController, AnswerLost):
            pass
        now = time.monotonic()
        lost_at = lost_at or now
        if now - lost_at > GIVE_UP_AFTER:
            raise _gone(client)
        waiting(now - lost_at)
        time.sleep(_PAUSE)


def of_deployment(found: Iterator[Json], number: int) -> Iterator[Json]:
    """What concerns one deployment, until it has ended."""
    for entry in found:
        event = entry["event"]
        if event.get("deployment", number) != number:
            continue
        yield entry
        if event["kind"] == "deployment ended":
            return


def _gone(client: Client) -> AnswerLost:
    return AnswerLost(
        "The controller went away, so how this ends is not known. Users are served without it.",
        why=f"Nothing has answered at {client.home} for {GIVE_UP_AFTER:.0f} s.",
        cure="Start it again with `bluegreen serve`: it carries on by itself, and `bluegreen status` tells.",
    )
