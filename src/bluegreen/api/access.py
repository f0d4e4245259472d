"""What each operation asks of its caller, and the one place where it is refused. An operation that says nothing is
refused to everyone.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Annotated, Any

from fastapi import Depends, Request

from bluegreen.api.problems import Problem
from bluegreen.core.access import Grant, On, Principal, Right, Role, allows

RIGHT = "x-bluegreen-right"
ON = "x-bluegreen-on"
"""Where the OpenAPI document says what an operation needs."""
OPEN = "none"
"""The right of an operation that asks nothing here: who may is decided by what is sent (a login, a run's token)."""
SECRET_ANSWER: dict[str, Any] = {"x-bluegreen-secret-answer": True}
"""For `openapi_extra` of an operation whose answer holds a secret: nothing may keep it, not even to repeat it."""
LOCAL = "bluegreen.local"
"""Set in the scope of requests that came through the unix socket."""
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")

Authenticate = Callable[[Request], Awaitable[Principal]]
"""Who makes a request that came over TCP. Raises Problem (401, 429)."""


def needs(right: Right, on: On = "app") -> dict[str, Any]:
    """For ``openapi_extra`` of an operation: the right that it needs, and where."""
    return {RIGHT: str(right), ON: on}


OPEN_TO_ALL: dict[str, Any] = {RIGHT: OPEN}


async def authorised(request: Request) -> Principal | None:
    """The dependency of every operation: who calls, when that is allowed; None for an open operation.

    Raises Problem: 401 without a valid credential, 403 without the right, also where the operation names none.
    """
    extra = getattr(request.scope.get("route"), "openapi_extra", None) or {}
    needed = extra.get(RIGHT)
    if needed == OPEN:
        return None
    principal = await _principal(request)
    request.state.principal = principal
    if not permitted(principal, request.scope):
        raise _forbidden(principal, needed, extra.get(ON), request.path_params.get("app"))
    return principal


def permitted(principal: Principal, scope: MutableMapping[str, Any]) -> bool:
    """Whether the operation that a request has come to may be done by this principal."""
    extra = getattr(scope.get("route"), "openapi_extra", None) or {}
    needed, app = extra.get(RIGHT), scope.get("path_params", {}).get("app")
    return needed is not None and allows(principal, Right(needed), extra[ON], app)


def caller(request: Request) -> Principal:
    """Who makes an authorised request."""
    principal: Principal = request.state.principal
    return principal


Caller = Annotated[Principal, Depends(caller)]


async def _principal(request: Request) -> Principal:
    if request.scope.get(LOCAL):
        return _owner(request)
    authenticate: Authenticate | None = request.app.state.authenticate
    if authenticate is None:
        raise Problem(401, "Nobody is known here.", why="This controller is steered through its unix socket only.")
    return await authenticate(request)


def _owner(request: Request) -> Principal:
    """On a socket that only this user may open, nobody else can call: the caller names itself, and may do all."""
    name = _UNPRINTABLE.sub("?", request.headers.get("x-bluegreen-actor", "unknown"))[:100]
    return Principal(name, (Grant(Role.ADMIN),), "socket")


def _forbidden(principal: Principal, needed: str | None, on: str | None, app: str | None) -> Problem:
    if needed is None:
        return Problem(403, "Nobody may do that.", why="The operation names no right.", cure="Please report it.")
    where = {"app": f"on {app}", "all": "on all applications", "any": "on any application"}[on or "all"]
    has = ", ".join(str(grant) for grant in principal.grants) or "none"
    return Problem(
        403,
        f"{principal.name} may not do that: it needs the right to {needed} {where}.",
        why=f"Roles of this {principal.via}: {has}.",
        cure="Ask an admin for a token with a role that has it: `bluegreen token create`.",
    )


def through_socket(app: Any) -> Any:
    """The application as it is served on the unix socket: its callers are the owner."""

    async def local(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        await app({**scope, LOCAL: True}, receive, send)

    return local
