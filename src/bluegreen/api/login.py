"""Who calls over TCP: looked at once for each request, also where that is asked for more than once."""

from __future__ import annotations

import math
from typing import Annotated, Any

from fastapi import Depends, Request

from bluegreen.access.access import Access
from bluegreen.access.gate import Login, NotLetIn
from bluegreen.api.access import Authenticate
from bluegreen.api.problems import Problem
from bluegreen.core.access import Principal

_LOGIN = "bluegreen.login"
"""Where the scope of a request keeps who makes it, or why nobody is known."""
TRIED = "bluegreen.tried"
"""Set in the scope of requests that came with a credential that was refused."""
REALM = 'Bearer realm="bluegreen"'

Scope = Any


def _access(request: Request) -> Access:
    access: Access | None = request.app.state.access
    if access is None:
        raise Problem(503, "This controller knows no tokens.", why="It is steered through its unix socket only.")
    return access


Known = Annotated[Access, Depends(_access)]
"""Who may steer, for operations about that."""


def authenticator(access: Access) -> Authenticate:
    """What `make_app` asks who calls over TCP."""

    async def authenticate(request: Request) -> Principal:
        return (await login_of(access, request.scope)).principal

    return authenticate


async def login_of(access: Access, scope: Scope) -> Login:
    """Who makes a request. Raises Problem (401, 429)."""
    if _LOGIN not in scope:
        try:
            scope[_LOGIN] = await _look(access, scope)
        except NotLetIn as error:
            scope[_LOGIN] = as_problem(error)
            scope[TRIED] = True
        except Problem as error:
            scope[_LOGIN] = error
    found = scope[_LOGIN]
    if isinstance(found, Problem):
        raise found
    login: Login = found
    return login


def login_in(scope: Scope) -> Login | None:
    """Who makes a request, when that was asked before and somebody was known."""
    found = scope.get(_LOGIN)
    return found if isinstance(found, Login) else None


def address_of(scope: Scope) -> str:
    """Where a request comes from. No header is believed about that."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


def as_problem(error: NotLetIn) -> Problem:
    """401, or 429 with the time to wait."""
    if error.retry_after > 0:
        headers = {"Retry-After": str(math.ceil(error.retry_after))}
        return Problem(429, error.what, why=error.why, cure=error.cure, headers=headers)
    headers = {"WWW-Authenticate": f'{REALM}, error="invalid_token"'}
    return Problem(401, error.what, why=error.why, cure=error.cure, headers=headers)


async def _look(access: Access, scope: Scope) -> Login:
    sent = [value for name, value in scope["headers"] if name == b"authorization"]
    scheme, _, credential = sent[0].decode("latin-1").strip().partition(" ") if len(sent) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not credential.strip():
        raise Problem(
            401,
            "No token was sent." if not sent else "The Authorization header has no bearer token.",
            why="Over TCP every caller says who it is.",
            cure="Send `Authorization: Bearer TOKEN`; `bluegreen token create` makes a token, "
            "and `bluegreen open` logs you in at the dashboard.",
            headers={"WWW-Authenticate": REALM},
        )
    return await access.gate.let_in(credential.strip(), address_of(scope))
