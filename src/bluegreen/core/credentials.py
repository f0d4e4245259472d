"""Tokens and sessions: who has one may do what it grants, until it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bluegreen.core.access import Grant, Principal

SESSION_LASTS = 12 * 3600.0
"""Seconds for which somebody stays logged in at the dashboard, at most."""


@dataclass(frozen=True)
class Credential:
    """One token or session. Its secret is kept nowhere."""

    id: str
    """Public: it names the credential in lists and in the audit trail."""
    kind: Literal["token", "session"]
    name: str
    """The actor of what is done with it."""
    grants: tuple[Grant, ...]
    digest: bytes
    """SHA-256 of the secret, which has 256 random bits: no slower hash is needed."""
    created: float
    by: str
    expires: float | None
    """Seconds since 1970; None: never."""
    parent: str | None = None
    """The token that a session was opened with: it dies with it."""
    last_used: float | None = None
    revoked: float | None = None
    revoked_by: str = ""

    @property
    def principal(self) -> Principal:
        return Principal(self.name, self.grants, self.kind, self.id)


def void(credential: Credential, parent: Credential | None, now: float) -> str:
    """Why a credential is not valid any more; empty while it is. ``parent``: a session's token, where it has one."""
    if credential.revoked is not None:
        return "It was revoked." if credential.kind == "token" else "It was ended."
    if credential.expires is not None and now >= credential.expires:
        return "It has expired."
    if credential.parent is not None:
        gone = "is not there any more." if parent is None else void(parent, None, now).removeprefix("It ")
        return f"The token that it was opened with {gone}" if gone else ""
    return ""


def session_expires(parent: Credential | None, now: float) -> float:
    """When a session ends that begins now; one that comes from a token or a session ends no later than that."""
    latest = now + SESSION_LASTS
    return latest if parent is None or parent.expires is None else min(latest, parent.expires)
