"""What dashboards show: one stream with entries, status and figures, and the figures of the last quarter of an hour."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response

from bluegreen.api.access import needs
from bluegreen.api.callers import Ours
from bluegreen.api.entries import EventStream
from bluegreen.core.access import Right
from bluegreen.engine.figures_history import KEPT

router = APIRouter(prefix="/apps", tags=["live"])

LAST = 2**53
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "Server-sent events, without an end", "content": {"text/event-stream": {}}}
}


@router.get("/{app}/live", response_class=Response, responses=STREAM, openapi_extra=needs(Right.READ))
async def live(
    app: str,
    engine: Ours,
    after: Annotated[int | None, Query(ge=0, le=LAST)] = None,
    last_event_id: Annotated[int | None, Header(ge=0, le=LAST)] = None,
) -> Response:
    """Server-sent: `status` and `figures` first; then each `entry` behind one of them (else those to come; resumed with
    Last-Event-ID), `status` whenever it changes, and `figures` each second."""
    application = engine.application(app)
    begin = last_event_id if last_event_id is not None else after
    return EventStream(engine.live.feeds.follow(application, begin, "entry", board=True))


@router.get("/{app}/figures", openapi_extra=needs(Right.READ))
async def figures(app: str, engine: Ours, seconds: Annotated[float, Query(gt=0, le=KEPT)] = KEPT) -> dict[str, Any]:
    """What both environments did in the last so many seconds, and when users were moved."""
    engine.application(app)
    return engine.live.figures_json(app, seconds)
