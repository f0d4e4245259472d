"""Following the history of an application, across restarts of the controller."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bluegreen.client import Client, Json
from bluegreen.client.deploying import concerns, is_end


def entries(client: Client, app: str, after: int, *, waiting: Callable[[float], None] | None = None) -> Iterator[Json]:
    """Every entry behind number ``after``, for ever. A controller that restarts is waited for.

    ``waiting`` is told for how many seconds no controller answers, and 0 when one does again.

    Raises:
        AnswerLost: none answered for half a minute.
    """
    return client.follow(app, after=after, waiting=waiting)


def of_deployment(found: Iterator[Json], number: int) -> Iterator[Json]:
    """What concerns one deployment, until it has ended."""
    for entry in found:
        if not concerns(entry, number):
            continue
        yield entry
        if is_end(entry):
            return
