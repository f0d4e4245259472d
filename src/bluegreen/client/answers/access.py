"""The controller, who calls it, and who was let in."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class Controller(TypedDict):
    version: str
    python: str
    pid: int
    home: str
    started: float
    apps: list[str]
    warnings: list[str]


class Stopping(TypedDict):
    stopping: bool
    all: bool


class Grant(TypedDict):
    role: Literal["viewer", "deployer", "approver", "admin"]
    app: str | None


class Me(TypedDict):
    """Who calls, and what they may do; ``all``: on every application."""

    name: str
    via: Literal["socket", "token", "session", "oidc"]
    grants: list[Grant]
    rights: dict[str, list[str]]
    all: list[str]


class Session(TypedDict):
    session: str
    expires: float
    me: Me


class LoginLink(TypedDict):
    url: str
    expires: float


class Token(TypedDict):
    id: str
    name: str
    grants: list[Grant]
    created: float
    by: str
    expires: float | None
    last_used: float | None
    revoked: float | None
    revoked_by: str | None
    valid: bool


class CreatedToken(Token):
    token: str
    """The secret itself: it is in this answer, and never again."""


Attempt = TypedDict(
    "Attempt",
    {
        "id": int,
        "at": float,
        "who": str | None,
        "via": str | None,
        "credential": str | None,
        "from": str,
        "operation": str | None,
        "method": str,
        "path": str,
        "app": str | None,
        "outcome": Literal["accepted", "refused"],
        "status": int,
        "why": str,
        "count": int,
        "last": float,
    },
)
"""A line of the audit trail; ``count`` requests that were alike, up to ``last``."""
