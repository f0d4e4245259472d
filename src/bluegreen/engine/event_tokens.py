"""Which run reports business events: a token that its instances get, and that nobody else can make.

A token is text such as ``shop.green.r12.15.SIGNATURE``, signed with the key of the controller's home. It is kept
nowhere: what a token may do follows from the runs that exist, also after a restart of the controller.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

from bluegreen.core.errors import BluegreenError
from bluegreen.core.model import AppState, Color
from bluegreen.engine.releases import ReleaseStore

_TOKEN = re.compile(
    r"(?P<app>[a-z][a-z0-9-]{0,39})\.(?P<color>blue|green)\.r(?P<release>\d{1,9})\.(?P<generation>\d{1,9})\.[\w-]{43}",
    re.ASCII,
)


class NotYours(BluegreenError):
    """The token does not allow what was asked for."""


@dataclass(frozen=True)
class Run:
    """One run of one environment, whose instances share a token."""

    app: str
    color: Color
    release: int
    generation: int

    def token(self, store: ReleaseStore) -> str:
        """Always the same one for the same run. It is a secret: masked in logs, and in no journal."""
        named = f"{self.app}.{self.color}.r{self.release}.{self.generation}"
        return f"{named}.{store.signature(named)}"


def runs_of(state: AppState) -> list[Run]:
    """The runs that exist now."""
    return [
        Run(state.app, color, env.release, env.generation)
        for color, env in state.environments.items()
        if env.release is not None
    ]


def run_of_token(token: str, state: AppState, store: ReleaseStore) -> Run:
    """The existing run of this application whose token it is. Raises NotYours."""
    for run in runs_of(state):
        if _same(run.token(store), token):
            return run
    raise _why_not(token, state.app, store)


def _same(one: str, other: str) -> bool:
    """In constant time; as bytes, since a header may hold any."""
    return hmac.compare_digest(one.encode(), other.encode())


def _why_not(token: str, app: str, store: ReleaseStore) -> NotYours:
    """More is told only to who has a token of ours."""
    parts = _TOKEN.fullmatch(token)
    named = Run(parts["app"], Color(parts["color"]), int(parts["release"]), int(parts["generation"])) if parts else None
    if named is None or not _same(named.token(store), token):
        return NotYours(
            "The token is not one of this controller's.",
            why="It was changed, cut, or given out by another controller.",
            cure="Send what the instance has in $BLUEGREEN_EVENTS_TOKEN, as it is.",
        )
    if named.app != app:
        return NotYours(
            f"The token is not one of {app}'s.",
            why=f"It was given to an instance of {named.app}.",
            cure="Post to $BLUEGREEN_EVENTS_URL of the same instance.",
        )
    return NotYours(
        f"The token is one of a run that does not exist any more: r{named.release} in {named.color}.",
        why=f"The environment was stopped since deployment {named.generation} started it.",
        cure="An instance reads $BLUEGREEN_EVENTS_TOKEN when it starts, and hands it on to nobody.",
    )
