"""Counters of backends, as Envoy has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from bluegreen.core.model import Traffic
from bluegreen.routers.envoy.access_log import CUT
from bluegreen.routers.envoy.admin import Admin

COUNTERS = (
    "upstream_rq_total",
    "upstream_rq_completed",
    "upstream_rq_5xx",
    "upstream_rq_active",
    "upstream_rq_pending_active",
    "membership_healthy",
)


async def read_traffic(admin: Admin, backends: Iterable[str]) -> dict[str, Traffic]:
    """Traffic by backend name, in one read. Raises TemporaryError when Envoy does not answer."""
    names = sorted(backends)
    if not names:
        return {}
    clusters = "|".join(re.escape(_stat_name(name)) for name in names)
    stats = await admin.stats(rf"^(cluster\.({clusters})\.({'|'.join(COUNTERS)})|{re.escape(CUT)}\.({clusters}))$")
    return {name: _traffic(_stat_name(name), stats) for name in names}


def _traffic(cluster: str, stats: Mapping[str, str]) -> Traffic:
    total, completed, failed, active, pending, healthy = (int(stats.get(f"cluster.{cluster}.{c}", 0)) for c in COUNTERS)
    cut = int(stats.get(f"{CUT}.{cluster}", 0))
    # A request that reached no instance is completed (with a 503) but was never sent.
    return Traffic(requests=max(total, completed), failed=failed + cut, active=active + pending, healthy=healthy)


def _stat_name(backend: str) -> str:
    return backend.replace(":", "_")
