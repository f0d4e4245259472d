"""Tokens: made, listed, revoked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bluegreen.access.access import Access
from bluegreen.api.access import SECRET_ANSWER, needs
from bluegreen.api.audit import note
from bluegreen.api.callers import Actor
from bluegreen.api.login import Known
from bluegreen.core.access import Grant, Right, Role
from bluegreen.core.credentials import Credential

router = APIRouter(prefix="/tokens", tags=["access"])

DAY = 24 * 3600.0
DEFAULT_LASTS = 90 * DAY
LONGEST_LASTS = 3650 * DAY
TokenId = Annotated[str, Path(pattern=r"^[0-9a-f]{12}$")]


class GrantBody(BaseModel):
    """A role, for one application or (without ``app``) for all."""

    model_config = ConfigDict(extra="forbid")
    role: Role
    app: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")] | None = None


class TokenBody(BaseModel):
    """A token that is asked for."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._@+/-]{0,63}$")]
    """The actor of what is done with it. Without a colon: those are the names of CI jobs."""
    grants: Annotated[list[GrantBody], Field(min_length=1, max_length=100)]
    lasts: Annotated[float, Field(gt=0, le=LONGEST_LASTS, strict=True)] | None = DEFAULT_LASTS
    """Seconds; null: until it is revoked."""


@router.post("", status_code=201, openapi_extra=needs(Right.ADMINISTER, "all") | SECRET_ANSWER)
async def create_token(
    body: TokenBody, request: Request, access: Known, actor: Actor, response: Response
) -> dict[str, Any]:
    """Make a token. Its text is in this answer and nowhere else, ever."""
    grants = list(dict.fromkeys(Grant(grant.role, grant.app) for grant in body.grants))
    expires = access.clock() + body.lasts if body.lasts is not None else None
    token, secret = await access.store.add_token(body.name, grants, actor, expires)
    note(request, f"token {token.id} for {token.name}: {', '.join(map(str, grants))}")
    response.headers["Cache-Control"] = "no-store"
    return {**token_json(access, token), "token": secret.text}


@router.get("", openapi_extra=needs(Right.ADMINISTER, "all"))
async def list_tokens(
    access: Known,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    after: Annotated[str | None, Query(pattern=r"^[0-9a-f]{12}$")] = None,
) -> dict[str, Any]:
    """Every token there ever was, newest first; ``after`` the last one of the page before."""
    tokens = list(access.store.tokens)
    ids = [token.id for token in tokens]
    start = ids.index(after) + 1 if after in ids else 0
    page = tokens[start : start + limit]
    more = start + limit < len(tokens)
    return {
        "tokens": [token_json(access, token) for token in page],
        "next": f"/v1/tokens?limit={limit}&after={page[-1].id}" if more else None,
    }


@router.delete("/{id}", openapi_extra=needs(Right.ADMINISTER, "all"))
async def revoke_token(id: TokenId, access: Known, actor: Actor) -> dict[str, Any]:
    """End a token and every session that was opened with it. Their open streams end too."""
    return token_json(access, await access.store.revoke(id, actor))


def token_json(access: Access, token: Credential) -> dict[str, Any]:
    """What is known of a token; never its secret."""
    return {
        "id": token.id,
        "name": token.name,
        "grants": grants_json(token.grants),
        "created": token.created,
        "by": token.by,
        "expires": token.expires,
        "last_used": token.last_used,
        "revoked": token.revoked,
        "revoked_by": token.revoked_by or None,
        "valid": not access.store.void(token),
    }


def grants_json(grants: tuple[Grant, ...]) -> list[dict[str, Any]]:
    return [{"role": str(grant.role), "app": grant.app} for grant in grants]
