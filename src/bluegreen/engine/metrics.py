"""Everything that is measured of a controller, gathered when it is asked for."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Iterable, Mapping

import psutil

import bluegreen
from bluegreen.engine.application import Application
from bluegreen.engine.families import Family
from bluegreen.engine.history_metrics import history_families
from bluegreen.engine.pulse import Pulse
from bluegreen.engine.services import Services
from bluegreen.engine.state_metrics import StateMetrics
from bluegreen.engine.tally import Tally
from bluegreen.engine.traffic_metrics import traffic_families


async def gather_metrics(
    services: Services, pulse: Pulse, applications: Iterable[Application], tallies: Mapping[str, Tally]
) -> list[Family]:
    """The families of all applications."""
    apps = list(applications)
    measured = await pulse.now()
    statuses = await asyncio.gather(*(services.runtime.instances(app.name) for app in apps))
    state = StateMetrics()
    for app, seen in zip(apps, statuses, strict=True):
        state.add(app, seen, services.clock())
    build = Family("info", "bluegreen_build", "The controller that answers.", ("version", "python"))
    build.add(bluegreen.__version__, platform.python_version(), value=1)
    since = Family("gauge", "bluegreen_controller_start_time_seconds", "When the controller was started.")
    since.add(value=psutil.Process().create_time())
    traffic = traffic_families(measured, [app.state for app in apps])
    return [build, since, *state.families, *history_families(tallies), *traffic]
