"""What every journal asks of the drafts that are to be appended."""

from __future__ import annotations

from collections.abc import Sequence

from bluegreen.journal.base import Draft, JournalConflict


def app_of(drafts: Sequence[Draft]) -> str:
    """The one application that these drafts are about. Raises ValueError when there are several."""
    apps = {draft.app for draft in drafts}
    if len(apps) != 1:
        raise ValueError(f"one append is about one application, not about {sorted(apps)}")
    return apps.pop()


def conflict(app: str, after: int, newest: int) -> JournalConflict:
    """The error for an append that comes too late."""
    return JournalConflict(
        f"Nothing was recorded for {app}: somebody else did so meanwhile.",
        why=f"Its newest entry is {newest}, and {after} was expected.",
        cure="Look at its status, and try again.",
    )
