"""Applications: how they stand, their locks, logs and events, and taking them down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query
from fastapi.responses import JSONResponse, Response, StreamingResponse

from bluegreen.api.access import Caller, needs
from bluegreen.api.callers import Actor, Ours
from bluegreen.api.entries import EventStream, entry_json
from bluegreen.api.models import LockBody
from bluegreen.api.paging import LAST, Limit, page
from bluegreen.core.access import Right, allows
from bluegreen.engine.forecast import forecast_json
from bluegreen.engine.standby_look import look_again
from bluegreen.engine.status import status_of

router = APIRouter(prefix="/apps", tags=["applications"])


@router.get("", openapi_extra=needs(Right.READ, "any"))
async def list_apps(
    engine: Ours, caller: Caller, limit: Limit = 100, after: Annotated[str, Query(max_length=100)] = ""
) -> dict[str, Any]:
    """The status of every application that the caller may see, by name."""
    names = (name for name in sorted(engine.applications) if name > after and allows(caller, Right.READ, "app", name))
    found, following = page(names, limit, path="/v1/apps", cursor=lambda name: {"after": name})
    return {"apps": [await status_of(engine.services, engine.application(name)) for name in found], "next": following}


@router.get("/{app}", openapi_extra=needs(Right.READ))
async def status(app: str, engine: Ours) -> dict[str, Any]:
    """How it stands: observed beside asked for."""
    application = engine.application(app)
    # Whoever asks how long a rollback takes is told whether it would succeed.
    recent = application.recent
    recent.probed = await look_again(engine.services, application.state, recent.probed)
    return await status_of(engine.services, application)


@router.get("/{app}/forecast", openapi_extra=needs(Right.READ))
async def forecast(app: str, engine: Ours) -> dict[str, Any]:
    """How soon the next release's errors would be found, at the traffic of the last hour."""
    state = engine.application(app).state
    return await asyncio.to_thread(forecast_json, state, engine.recorder.recorded(state))


@router.put("/{app}/lock", openapi_extra=needs(Right.LOCK))
async def lock(app: str, body: LockBody, engine: Ours, actor: Actor) -> dict[str, Any]:
    """Let no deployment start."""
    engine.application(app)
    outcome = await engine.lock(app, body.why, actor)
    return {"notice": outcome.notice}


@router.delete("/{app}/lock", openapi_extra=needs(Right.LOCK))
async def unlock(app: str, engine: Ours, actor: Actor) -> dict[str, Any]:
    """Let deployments start again."""
    outcome = await engine.unlock(app, actor)
    return {"notice": outcome.notice}


@router.post("/{app}/down", status_code=202, openapi_extra=needs(Right.ADMINISTER))
async def down(app: str, engine: Ours, actor: Actor) -> dict[str, Any]:
    """Stop the application; follow its events to `went down`."""
    after = engine.application(app).state.seq
    outcome = await engine.down(app, actor)
    return {"notice": outcome.notice, "after": after}


@router.get("/{app}/events", response_model=None, openapi_extra=needs(Right.READ))
async def events(
    app: str,
    engine: Ours,
    after: Annotated[int, Query(ge=0, le=LAST)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    newest: bool = False,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
    last_event_id: Annotated[int | None, Header(ge=0, le=LAST)] = None,
) -> Response:
    """Entries of the history after one of them (``newest``: the last ones), or all from there on as a stream."""
    application = engine.application(app)
    if "text/event-stream" in accept:
        begin = last_event_id if last_event_id is not None else after
        return EventStream(engine.live.feeds.follow(application, begin, "kind"))
    before = application.state.seq + 1 if newest else None
    entries = await engine.services.journal.read(app, after=after, before=before, limit=limit)
    more = not newest and len(entries) == limit
    following = f"/v1/apps/{app}/events?limit={limit}&after={entries[-1].seq}" if more else None
    return JSONResponse({"events": [entry_json(entry) for entry in entries], "next": following})


@router.get("/{app}/logs", response_model=None, openapi_extra=needs(Right.READ))
async def logs(
    app: str,
    engine: Ours,
    component: Annotated[str, Query(pattern=r"^[a-z][a-z0-9-]{0,39}$")],
    place: Literal["blue", "green", "shared"] = "blue",
    lines: Annotated[int, Query(ge=0, le=10_000)] = 100,
    follow_on: Annotated[bool, Query(alias="follow")] = False,
) -> Response:
    """What the instances of a component wrote."""
    application = engine.application(app)
    source = engine.services.runtime.logs(app, place, component, lines=lines, follow=follow_on)

    async def text() -> AsyncIterator[bytes]:
        masked_for, mask = application.state, engine.mask(app)
        async for line in source:
            if masked_for is not application.state:  # while it is followed, a new run may bring new secrets
                masked_for, mask = application.state, engine.mask(app)
            yield (mask.text(line.rstrip("\n")) + "\n").encode(errors="replace")

    return StreamingResponse(text(), media_type="text/plain; charset=utf-8")
