"""Freezing deployments of an application for a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from bluegreen.api.access import needs
from bluegreen.api.callers import Actor, Ours
from bluegreen.api.problems import Problem
from bluegreen.core.access import Principal, Right, allows

router = APIRouter(prefix="/apps", tags=["applications"])
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(9990, 1, 1, tzinfo=UTC)
"""What a clock of any time zone can show."""
_Time = Annotated[AwareDatetime, Field(ge=_EARLIEST, le=_LATEST)]


Override = Annotated[str, StringConstraints(max_length=500)] | None


def allowed_override(text: str | None, caller: Principal, app: str) -> str:
    """Why something is to be done although deployments are frozen. Raises Problem (403): only admins may say so."""
    if text and not allows(caller, Right.ADMINISTER, "app", app):
        raise Problem(
            403,
            f"{caller.name} may not override a freeze.",
            why=f"That needs the right to administer {app}.",
            cure="Ask an admin, or wait until deployments are open again: `bluegreen status` says when.",
        )
    return text or ""


class FreezeBody(BaseModel):
    """From when until when, and why: who is refused reads it."""

    model_config = ConfigDict(extra="forbid")
    why: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    start: _Time | None = Field(default=None, alias="from", description="With its offset from UTC; null: now.")
    until: _Time | None = Field(default=None, description="With its offset from UTC; null: until it is lifted.")


@router.put("/{app}/freeze", openapi_extra=needs(Right.LOCK))
async def freeze(app: str, body: FreezeBody, engine: Ours, actor: Actor) -> dict[str, Any]:
    """Let no deployment move users for a time, instead of any freeze before; rollbacks work all the same."""
    start, until = (at.timestamp() if at else None for at in (body.start, body.until))
    outcome = await engine.freeze(app, body.why, start, until, actor)
    return {"notice": outcome.notice}


@router.delete("/{app}/freeze", openapi_extra=needs(Right.LOCK))
async def unfreeze(app: str, engine: Ours, actor: Actor) -> dict[str, Any]:
    """Lift the freeze; the windows of the file are as before."""
    outcome = await engine.unfreeze(app, actor)
    return {"notice": outcome.notice}
