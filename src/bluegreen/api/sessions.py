"""Logging in at the dashboard, and who one is."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from bluegreen.access.access import Access
from bluegreen.access.gate import NotLetIn
from bluegreen.access.secret import Secret, parse_secret
from bluegreen.api.access import OPEN_TO_ALL, SECRET_ANSWER, Caller, needs
from bluegreen.api.audit import AUDITED, note
from bluegreen.api.callers import Ours
from bluegreen.api.login import TRIED, Known, address_of, as_problem
from bluegreen.api.tokens import grants_json
from bluegreen.core.access import Principal, Right, allows, rights_on
from bluegreen.core.credentials import Credential
from bluegreen.core.errors import Refused
from bluegreen.engine.engine import Engine

router = APIRouter(tags=["access"])

DASHBOARD_PORT = "dashboard"
"""What the dashboard's port is called in the home's ports.json."""
LOOPBACK = "127.0.0.1"
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class SessionBody(BaseModel):
    """A token, or a one-time code."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "oneOf": [{"required": [one], "properties": {one: {"type": "string"}}} for one in ("token", "code")]
        },
    )
    token: Text | None = None
    code: Text | None = None

    @model_validator(mode="after")
    def _one(self) -> SessionBody:
        if (self.token is None) == (self.code is None):
            raise ValueError("one of token and code is needed")
        return self


@router.post("/session", status_code=201, openapi_extra=OPEN_TO_ALL | SECRET_ANSWER | {AUDITED: True})
async def open_session(
    body: SessionBody, request: Request, access: Known, engine: Ours, response: Response
) -> dict[str, Any]:
    """Log in: a session for the dashboard, which lasts for hours and dies with its token."""
    address = address_of(request.scope)
    try:
        principal, parent = _who(access, body, address)
    except NotLetIn as error:
        request.scope[TRIED] = True
        raise as_problem(error) from error
    session, secret = await access.store.add_session(principal.name, principal.grants, parent)
    request.state.principal = session.principal
    note(
        request,
        f"logged in with {parent.kind} {parent.id}" if parent is not None else "logged in with a link of the socket",
    )
    access.gate.expect(address, session.id)
    response.headers["Cache-Control"] = "no-store"
    return {"session": secret.text, "expires": session.expires, "me": me_json(engine, session.principal)}


def _who(access: Access, body: SessionBody, address: str) -> tuple[Principal, Credential | None]:
    """Who logs in, and the token or session that this rests on. Raises NotLetIn."""
    if body.token is not None:
        login = access.gate.known(parse_secret(body.token.strip()), address, ("token",))
        return login.principal, login.credential
    secret: Secret | None = parse_secret((body.code or "").strip())
    access.gate.refuse_too_soon(address, secret.id if secret else "")
    code = access.codes.take(secret) if secret is not None and secret.kind == "code" else None
    if code is None:
        raise access.gate.fail(address)
    parent = access.store.find(code.parent) if code.parent else None
    if parent is not None and (why := access.store.void(parent)):
        raise NotLetIn("This link is not valid any more.", why=why, cure="Ask for another one.")
    return code.principal, parent


@router.delete("/session", openapi_extra=needs(Right.READ, "any"))
async def end_session(access: Known, caller: Caller) -> dict[str, bool]:
    """Log out."""
    await access.store.end_session(caller.credential, caller.name)
    return {"ended": True}


@router.post("/session/links", status_code=201, openapi_extra=needs(Right.READ, "any") | SECRET_ANSWER)
async def make_link(
    request: Request, access: Known, caller: Caller, engine: Ours, response: Response
) -> dict[str, Any]:
    """A link to the dashboard that logs in whoever opens it, once, within a minute."""
    if caller.via == "oidc":
        raise Refused("A CI job has no use for the dashboard.", cure="Log in with a token or `bluegreen open`.")
    secret, expires = access.codes.give(caller, caller.credential)
    access.gate.expect(LOOPBACK, secret.id)
    response.headers["Cache-Control"] = "no-store"
    return {"url": f"{_reached_at(request, engine)}/#code={secret.text}", "expires": expires}


def _reached_at(request: Request, engine: Engine) -> str:
    """The dashboard's address: that of the file for who came over TLS, else that of this machine."""
    if request.url.scheme == "https" and engine.services.url is not None:
        return engine.services.url
    return f"http://{LOOPBACK}:{engine.services.port_of(DASHBOARD_PORT)}"


@router.get("/me", openapi_extra=needs(Right.READ, "any"))
async def me(engine: Ours, caller: Caller) -> dict[str, Any]:
    """Who is calling, and what they may do."""
    return me_json(engine, caller)


def me_json(engine: Engine, principal: Principal) -> dict[str, Any]:
    """A caller and everything that they may do."""
    rights = {name: sorted(map(str, rights_on(principal, name))) for name in sorted(engine.applications)}
    return {
        "name": principal.name,
        "via": principal.via,
        "grants": grants_json(principal.grants),
        "rights": {name: found for name, found in rights.items() if found},
        "all": sorted(str(right) for right in Right if allows(principal, right, "all")),
    }
