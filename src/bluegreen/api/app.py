"""The HTTP API, as one FastAPI application over an engine."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path

from fastapi import Depends, FastAPI

import bluegreen
from bluegreen.access.access import Access
from bluegreen.api import (
    applications,
    artifacts,
    audit,
    business_events,
    deployments,
    description,
    flags,
    freezes,
    idempotency,
    live,
    metrics,
    notifications,
    previews,
    problems,
    releases,
    served_models,
    sessions,
    tokens,
)
from bluegreen.api.access import authorised, needs
from bluegreen.api.dashboard import dashboard_router
from bluegreen.api.idempotency import once
from bluegreen.api.login import authenticator
from bluegreen.api.models import StopBody
from bluegreen.api.repeats import Repeats
from bluegreen.core.access import Right
from bluegreen.engine.engine import Engine


def make_app(engine: Engine, home: Path, stop: Callable[[bool], None], access: Access | None = None) -> FastAPI:
    """The API of one controller. ``stop`` ends it; True: with every application and the router.

    ``access`` knows who calls over TCP; without it, only what comes `through_socket` is answered. What is appended to
    ``app.state.warnings`` is asked for what people should know of it; ``app.state.repeats`` is to be closed.
    """
    app = FastAPI(
        title="bluegreen",
        version=bluegreen.__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        dependencies=[Depends(authorised), Depends(once)],
    )
    app.state.engine = engine
    app.state.access = access
    app.state.authenticate = authenticator(access) if access is not None else None
    repeats = Repeats(home, engine.services.clock)
    app.state.warnings = [engine.notifications.warnings, repeats.warnings]
    app.state.warnings += [access.warnings] if access is not None else []
    problems.install(app)
    idempotency.install(app, repeats)
    app.include_router(artifacts.router, prefix="/v1")
    app.include_router(applications.router, prefix="/v1")
    app.include_router(deployments.router, prefix="/v1")
    app.include_router(releases.router, prefix="/v1")
    app.include_router(flags.router, prefix="/v1")
    app.include_router(served_models.router, prefix="/v1")
    app.include_router(freezes.router, prefix="/v1")
    app.include_router(business_events.router, prefix="/v1")
    app.include_router(previews.router, prefix="/v1")
    app.include_router(live.router, prefix="/v1")
    app.include_router(tokens.router, prefix="/v1")
    app.include_router(sessions.router, prefix="/v1")
    app.include_router(audit.router, prefix="/v1")
    app.include_router(notifications.router, prefix="/v1")
    app.include_router(metrics.router)
    app.include_router(dashboard_router())
    started = engine.services.clock()

    @app.get("/v1/controller", openapi_extra=needs(Right.READ, "any"))
    async def controller() -> dict[str, object]:
        """Which controller answers here."""
        return {
            "version": bluegreen.__version__,
            "python": platform.python_version(),
            "pid": os.getpid(),
            "home": str(home),
            "started": started,
            "apps": sorted(engine.applications),
            "warnings": [warning for asked in app.state.warnings for warning in asked()],
        }

    @app.post("/v1/controller/stop", status_code=202, openapi_extra=needs(Right.ADMINISTER, "all"))
    async def stop_controller(body: StopBody) -> dict[str, bool]:
        """End the controller; applications go on serving unless ``all``."""
        stop(body.all)
        return {"stopping": True, "all": body.all}

    description.describe(app)
    return app
