"""Flags: those in force, editing them, and who changed them when."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bluegreen.api.access import Caller, needs
from bluegreen.api.callers import Ours
from bluegreen.api.deployments import begun_json
from bluegreen.api.freezes import allowed_override
from bluegreen.api.models import RELEASE, Reason, Text
from bluegreen.api.paging import LAST, Limit, page
from bluegreen.api.releases import kept
from bluegreen.core.access import Right
from bluegreen.core.errors import NotFound
from bluegreen.core.flag_edits import FlagEdits
from bluegreen.engine.flag_status import changes_json, flag_set_json
from bluegreen.engine.requests import FlagRequest
from bluegreen.engine.status import deployment_json

router = APIRouter(prefix="/apps/{app}/flags", tags=["flags"])
_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class FlagsBody(BaseModel):
    """An edit of the flags that are in force: which variant is a flag's default, and whether it is on at all."""

    model_config = ConfigDict(extra="forbid")
    variants: dict[_Name, _Name] = Field(default_factory=dict, max_length=1000)
    """New default variant, by the flag's name."""
    states: dict[_Name, Literal["ENABLED", "DISABLED"]] = Field(default_factory=dict, max_length=1000)
    message: Text = ""
    """Why; it stays in the history."""
    supersede: bool = False
    keep_failed: bool = False
    override_freeze: Reason | None = None
    """Why it is to be deployed although deployments are frozen; for admins."""


@router.get("", openapi_extra=needs(Right.READ))
async def flags(
    app: str,
    engine: Ours,
    release: Annotated[str | None, Query(pattern=RELEASE, description="Such as r7; none: the live one.")] = None,
) -> dict[str, Any]:
    """The flags of the live release, or of another one that is kept, and which of them were edited by command."""
    state = engine.application(app).state
    found = kept(state, release) if release is not None else state.live_release
    if found is None:
        raise NotFound(f"No release of {app} is live.", cure="`bluegreen flags list rN` shows those of another one.")
    return flag_set_json(found)


@router.post("", status_code=202, openapi_extra=needs(Right.DEPLOY))
async def edit_flags(app: str, body: FlagsBody, engine: Ours, caller: Caller, response: Response) -> dict[str, Any]:
    """Begin the deployment of the live release with edited flags; follow it as any other. Where nothing was to be
    changed, ``deployment`` is null and ``notice`` says so.
    """
    request = FlagRequest(
        edits=FlagEdits(body.variants, body.states),
        message=body.message,
        supersede=body.supersede,
        keep_failed=body.keep_failed,
        override=allowed_override(body.override_freeze, caller, app),
    )
    edited = await engine.edit_flags(app, request, caller.name)
    said = {"notice": edited.outcome.notice, "notices": list(edited.notices), "changes": changes_json(edited.changes)}
    return begun_json(engine.application(app).state, edited, response) | said


@router.get("/history", openapi_extra=needs(Right.READ))
async def flag_history(
    app: str,
    engine: Ours,
    limit: Limit = 50,
    before: Annotated[int | None, Query(ge=1, le=LAST)] = None,
    flag: Annotated[str | None, Query(max_length=200)] = None,
) -> dict[str, Any]:
    """Deployments that changed flags, newest first; ``flag``: this one."""
    state = engine.application(app).state
    known = [*state.ended, *(d for d in (state.deployment, state.queued) if d is not None)]
    wanted = (
        d
        for d in sorted(known, key=lambda d: -d.number)
        if (before is None or d.number < before) and any(flag in (None, change.flag) for change in d.flags)
    )
    path = f"/v1/apps/{app}/flags/history"
    found, following = page(wanted, limit, path=path, cursor=lambda d: {"before": d.number}, flag=flag)
    return {"deployments": [deployment_json(state, d) for d in found], "next": following}
