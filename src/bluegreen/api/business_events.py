"""Business events: what instances report of their users, under the token of their run."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import ValidationError

from bluegreen.api.access import OPEN_TO_ALL
from bluegreen.api.callers import Ours
from bluegreen.api.models import BusinessEventsBody
from bluegreen.api.problems import Problem
from bluegreen.core.errors import InvalidInput
from bluegreen.core.model import AppState
from bluegreen.engine.engine import Engine
from bluegreen.engine.event_tokens import Run, run_of_token

router = APIRouter(prefix="/apps", tags=["business events"])

LARGEST = 256_000
"""Bytes of a batch: more than 1,000 events of the longest names need."""
BODY_WITHIN = 10.0
"""Seconds in which a batch has to arrive whole."""
Sent = Annotated[
    HTTPAuthorizationCredentials | None,
    Depends(HTTPBearer(scheme_name="run", description="$BLUEGREEN_EVENTS_TOKEN of an instance", auto_error=False)),
]


def _schema() -> dict[str, Any]:
    """The body's, for the OpenAPI document: it is read here and not by FastAPI, which would read it whole first."""
    schema = BusinessEventsBody.model_json_schema()
    schema["properties"]["events"]["items"] = schema.pop("$defs")["BusinessEvent"]
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@router.post("/{app}/events", status_code=202, openapi_extra=OPEN_TO_ALL | _schema())
async def report(app: str, request: Request, engine: Ours, sent: Sent) -> dict[str, int]:
    """Count a batch for the run whose token was sent; how many events were counted."""
    run = _sender(sent, engine, app)
    events = _parsed(await _body(request))
    return {"counted": engine.services.business_events.count(app, (run.color, run.generation), events)}


def _sender(sent: HTTPAuthorizationCredentials | None, engine: Engine, app: str) -> Run:
    if sent is None:
        raise Problem(
            401,
            "No token was sent.",
            why="Business events are counted for the run that reports them.",
            cure="Send `Authorization: Bearer $BLUEGREEN_EVENTS_TOKEN`.",
            headers={"WWW-Authenticate": 'Bearer realm="bluegreen"'},
        )
    application = engine.applications.get(app)
    # An unknown application has no runs: who has no token of ours is not told which applications there are.
    state = application.state if application else AppState(app)
    return run_of_token(sent.credentials.strip(), state, engine.services.store)


async def _body(request: Request) -> bytes:
    """The whole body, unless it is too large: that is found out before it is read, or on the way."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > LARGEST:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST:
                    raise _too_large()
    except TimeoutError as error:
        what = f"The batch did not arrive within {BODY_WITHIN:g} s."
        raise Problem(408, what, cure="Send it again.", headers={"Connection": "close"}) from error
    return bytes(body)


def _too_large() -> Problem:
    return Problem(
        413,
        f"The batch is larger than {LARGEST // 1000} kB; nothing was counted.",
        cure="Send at most 1,000 events at a time, and equal ones as one with a `count`.",
        headers={"Connection": "close"},
    )


def _parsed(body: bytes) -> Counter[str]:
    """Counts by name."""
    try:
        batch = BusinessEventsBody.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise InvalidInput(
            "The events cannot be read; nothing was counted.",
            why=f"{where}: {first['msg']}",
            cure='Send JSON like {"events": [{"name": "purchase", "count": 1}]}, with no other fields.',
        ) from error
    counts: Counter[str] = Counter()
    for event in batch.events:
        counts[event.name] += event.count
    return counts
