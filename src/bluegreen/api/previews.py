"""How the idle environment is looked at."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from bluegreen.api.access import needs
from bluegreen.api.callers import Ours
from bluegreen.core.access import Right
from bluegreen.engine.preview import preview_of

router = APIRouter(prefix="/apps", tags=["applications"])


@router.get("/{app}/preview", openapi_extra=needs(Right.PREVIEW))
async def preview(app: str, engine: Ours, response: Response) -> dict[str, Any]:
    """Its own address, the header with its secret at the users' address, and what is there now."""
    response.headers["Cache-Control"] = "no-store"
    return await preview_of(engine.services, engine.application(app))
