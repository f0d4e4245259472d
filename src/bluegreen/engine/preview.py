"""How the idle environment is reached before its users come: an address of its own, and a header at theirs."""

from __future__ import annotations

from typing import Any

from bluegreen.core.router_specs import abilities_of
from bluegreen.engine.application import Application
from bluegreen.engine.routing import routing
from bluegreen.engine.services import Services
from bluegreen.engine.standby import standby_is_healthy
from bluegreen.engine.status import url_of
from bluegreen.routers.base import Routing

HEADER = "x-bluegreen-preview"


def _public_url(front: Routing | None) -> str | None:
    """Where the header leads to the idle environment; None where the router of the users does not look at it."""
    if front is None or front.address is None or not abilities_of(front.router).preview_key:
        return None
    return url_of(front.address, tls=front.tls is not None, hosts=front.hosts)


async def preview_of(services: Services, app: Application) -> dict[str, Any]:
    """Both ways, and what is there now, as JSON values. The header's value is a secret."""
    state = app.state
    front = routing(state, services.port_of)
    environment = state.environments[state.idle]
    release = state.releases.get(environment.release) if environment.release is not None else None
    statuses = await services.runtime.instances(state.app)
    reached = front is not None and front.preview is environment.color
    address = front.preview_address if front else None
    return {
        "app": state.app,
        "address": address,
        "url": f"http://{address}" if address else None,
        "header": {"name": HEADER, "value": services.store.preview_key(state.app)},
        "public_url": _public_url(front),
        "release": release.name if release else None,
        "color": environment.color,
        "state": environment.state,
        "share": state.confirmed.share(environment.color) if state.confirmed else 0,
        "ready": reached and standby_is_healthy(state, statuses),
    }
