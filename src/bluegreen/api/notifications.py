"""Channels and what was sent to them: who they are without their secrets, tests, and replays."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query

from bluegreen.api.access import needs
from bluegreen.api.callers import Ours
from bluegreen.core.access import Right
from bluegreen.engine.notifications import ChannelStatus
from bluegreen.notify.delivery import Delivery, State

router = APIRouter(tags=["notifications"])

LAST = 2**53
NAME = r"^[a-z][a-z0-9-]{0,39}$"
ChannelName = Annotated[str, Path(pattern=NAME)]
DeliveryId = Annotated[str, Path(pattern=r"^msg_[0-9a-f]{32}$")]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("/channels", openapi_extra=needs(Right.ADMINISTER, "all"))
async def channels(
    engine: Ours, limit: Limit = 50, after: Annotated[str | None, Query(pattern=NAME)] = None
) -> dict[str, Any]:
    """The channels of controller.yaml and how they do; ``after`` the last one of the page before."""
    found = [status for status in await engine.notifications.channels() if after is None or status.name > after]
    more = len(found) > limit
    return {
        "channels": [channel_json(status) for status in found[:limit]],
        "next": f"/v1/channels?limit={limit}&after={found[limit - 1].name}" if more else None,
    }


@router.post("/channels/{name}/test", openapi_extra=needs(Right.ADMINISTER, "all"))
async def test_channel(name: ChannelName, engine: Ours) -> dict[str, Any]:
    """Send a message that says that it is a test, now and once; the answer says whether it arrived."""
    return delivery_json(await engine.notifications.test(name))


@router.get("/deliveries", openapi_extra=needs(Right.ADMINISTER, "all"))
async def deliveries(
    engine: Ours,
    limit: Limit = 50,
    before: Annotated[int | None, Query(ge=1, le=LAST)] = None,
    channel: Annotated[str | None, Query(pattern=NAME)] = None,
    state: State | None = None,
) -> dict[str, Any]:
    """Messages and what became of them, newest first; ``before`` a number for the next page."""
    found = await engine.notifications.deliveries(limit + 1, before, channel, state)
    asked = {"limit": limit, "before": found[limit - 1][0] if len(found) > limit else None}
    more = {key: value for key, value in {**asked, "channel": channel, "state": state}.items() if value is not None}
    return {
        "deliveries": [delivery_json(delivery) for _, delivery in found[:limit]],
        "next": f"/v1/deliveries?{urlencode(more)}" if len(found) > limit else None,
    }


@router.post("/deliveries/{id}/replay", status_code=202, openapi_extra=needs(Right.ADMINISTER, "all"))
async def replay_delivery(id: DeliveryId, engine: Ours) -> dict[str, Any]:
    """Send a message once more: the same id and body, with the time and signature of now."""
    return delivery_json(await engine.notifications.replay(id))


def channel_json(status: ChannelStatus) -> dict[str, Any]:
    """One channel. Its target shows nothing that is secret."""
    health = status.health
    return {
        "name": status.name,
        "kind": status.kind,
        "target": status.target,
        "waiting": health.waiting,
        "last_delivered": health.last_delivered,
        "last_failure": {"at": health.last_failure.at, "answer": health.last_failure.answer}
        if health.last_failure
        else None,
        "gone": status.gone,
    }


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """One message with its attempts, without its whole text."""
    return {
        "id": delivery.id,
        "channel": delivery.channel,
        "app": delivery.app or None,
        "kind": delivery.news,
        "entry": delivery.seq,
        "title": delivery.title,
        "at": delivery.at,
        "state": str(delivery.state),
        "due": delivery.due if delivery.state is State.WAITING else None,
        "attempts": [asdict(attempt) for attempt in delivery.attempts],
    }
