"""The audit trail: who asked for what, from where, and what became of it. Never what was sent along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MINUTE = 60.0

Outcome = Literal["accepted", "refused"]


@dataclass(frozen=True)
class Attempt:
    """One write, or one login that was refused."""

    at: float
    who: str
    """The actor; empty when nobody was recognised."""
    via: str
    """``socket``, ``token``, ``session``, ``oidc``, or empty."""
    credential: str
    """Public id of the token or session that was used."""
    address: str
    """Where it came from; ``socket`` for the unix socket."""
    operation: str
    method: str
    path: str
    app: str | None
    outcome: Outcome
    status: int
    why: str
    """Why it was refused; for what was accepted, what its path does not say."""


@dataclass(frozen=True)
class Recorded:
    """An attempt with its number in the trail, and how often the like of it was made until ``last``."""

    id: int
    attempt: Attempt
    count: int
    last: float


Like = tuple[object, ...]


def like(attempt: Attempt) -> Like | None:
    """What refusals have in common that are summed up in one line of the trail; None: it has a line of its own.

    Whatever is accepted has one. Refusals cost an attacker nothing, so what fails alike within a minute shares one:
    a failed login with every other from its address, anything else with what the same caller was refused before.
    """
    if attempt.outcome == "accepted":
        return None
    minute = int(attempt.at // MINUTE)
    if not attempt.who:
        return (minute, attempt.address)
    return (minute, attempt.address, attempt.who, attempt.credential, attempt.operation, attempt.app, attempt.status)
