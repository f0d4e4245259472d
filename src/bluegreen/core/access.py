"""Who may do what: roles, rights, and the one decision behind every request. What is not granted is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal


class Role(StrEnum):
    """What a person or a program is trusted with, for one application or for all."""

    VIEWER = "viewer"
    DEPLOYER = "deployer"
    APPROVER = "approver"
    ADMIN = "admin"


class Right(StrEnum):
    """What an operation of the API asks for."""

    READ = "read"
    PREVIEW = "preview"
    """See how the idle environment is reached before its users come."""
    DEPLOY = "deploy"
    ROLL_BACK = "roll back"
    """Lead users back, or end a deployment under way."""
    APPROVE = "approve"
    LOCK = "lock"
    """Lock and unlock, freeze and unfreeze."""
    ADMINISTER = "administer"


_LOOK = frozenset({Right.READ})
_STEER = _LOOK | {Right.PREVIEW, Right.ROLL_BACK, Right.LOCK}
RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.VIEWER: _LOOK,
    Role.DEPLOYER: _STEER | {Right.DEPLOY},
    Role.APPROVER: _STEER | {Right.APPROVE},
    Role.ADMIN: frozenset(Right),
}
"""An approver does not deploy and a deployer does not approve: who shall do both is given both roles."""

On = Literal["app", "all", "any"]
"""What a right is needed on: the application of the request, every application, or whichever one."""


@dataclass(frozen=True)
class Grant:
    """A role for one application, or (``app`` None) for all of them, those to come included."""

    role: Role
    app: str | None = None

    def __str__(self) -> str:
        return f"{self.role}:{self.app}" if self.app else str(self.role)


@dataclass(frozen=True)
class Principal:
    """Who makes a request."""

    name: str
    """The actor of what is done, as the journal names it."""
    grants: tuple[Grant, ...]
    via: Literal["socket", "token", "session", "oidc"]
    credential: str = ""
    """Public id of the token or session; empty on the socket."""


def allows(principal: Principal, right: Right, on: On, app: str | None = None) -> bool:
    """Whether a principal has a right where it is needed; ``app`` names the application for ``on`` *app*."""
    return any(right in RIGHTS[grant.role] and _covers(grant, on, app) for grant in principal.grants)


def rights_on(principal: Principal, app: str) -> frozenset[Right]:
    """Everything that a principal may do with an application."""
    return frozenset(right for right in Right if allows(principal, right, "app", app))


def _covers(grant: Grant, on: On, app: str | None) -> bool:
    return grant.app is None or on == "any" or (on == "app" and app is not None and grant.app == app)
