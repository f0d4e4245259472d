"""Models: which revisions shared components serve, and for whom."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, StringConstraints

from bluegreen.api.access import needs
from bluegreen.api.callers import Actor, Ours
from bluegreen.api.paging import LAST, Limit, page
from bluegreen.core.access import Right
from bluegreen.engine.model_status import models_json

router = APIRouter(prefix="/apps/{app}/models", tags=["models"])


class UnloadBody(BaseModel):
    """A revision that is to be unloaded."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    """Under which the shared component serves it."""


@router.get("", openapi_extra=needs(Right.READ))
async def models(
    app: str, engine: Ours, limit: Limit = 100, after: Annotated[int, Query(ge=0, le=LAST)] = 0
) -> dict[str, Any]:
    """Each revision of a model with where it is served, since when, and what needs it; and the files of models."""
    every = list(enumerate(models_json(engine.application(app).state), 1))
    path = f"/v1/apps/{app}/models"
    found, following = page(every[after:], limit, path=path, cursor=lambda one: {"after": one[0]})
    return {"models": [one for _, one in found], "next": following}


@router.post("/unload", openapi_extra=needs(Right.DEPLOY))
async def unload_model(app: str, body: UnloadBody, engine: Ours, actor: Actor) -> dict[str, Any]:
    """Unload a revision. Refused, with the reason, while an environment or a deployment needs it; what nothing needs is
    unloaded by itself.
    """
    outcome = await engine.unload_model(app, body.name, actor)
    return {"notice": outcome.notice}
