"""Counters of backends, as Envoy has them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bluegreen.core.model import Traffic
from bluegreen.routers.envoy.access_log import ABANDONED, CUT
from bluegreen.routers.envoy.admin import Admin
from bluegreen.routers.envoy.clusters import EXPLICIT

ARRIVALS = (
    "upstream_rq_total",
    "upstream_rq_pending_active",
    "upstream_rq_pending_failure_eject",
    "upstream_rq_cancelled",
    "upstream_rq_retry",
    "upstream_rq_active",
)
COUNTERS = (*ARRIVALS, "upstream_rq_completed", "upstream_rq_5xx", "membership_healthy")


@dataclass(frozen=True)
class Counts:
    """The counters of all clusters, by the statistics' own names."""

    clusters: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By cluster and counter."""
    cut: Mapping[str, int] = field(default_factory=dict)
    """By backend."""
    abandoned: Mapping[str, int] = field(default_factory=dict)
    """By backend."""

    def traffic(self, backend: str) -> Traffic:
        """The traffic of one backend."""
        name = stat_name(backend)
        own, explicit = self.clusters.get(name, Counter()), self.clusters.get(name + EXPLICIT, Counter())
        return Traffic(
            requests=_arrived(own),
            failed=own["upstream_rq_5xx"] + self.cut.get(name, 0),
            active=_active(own) + _active(explicit),
            healthy=own["membership_healthy"],
            answered=own["upstream_rq_completed"],
            explicit=_arrived(explicit),
        )


async def read_traffic(admin: Admin, backends: Iterable[str]) -> dict[str, Traffic]:
    """Traffic by backend name, in one read. Raises TemporaryError when Envoy does not answer."""
    names = sorted(backends)
    if not names:
        return {}
    clusters = "|".join(re.escape(stat_name(name)) for name in names)
    wanted = rf"({clusters})({EXPLICIT})?"
    stats = await admin.stats(rf"^(cluster\.{wanted}\.({'|'.join(COUNTERS)})|{re.escape(CUT)}\.({clusters}))$")
    counts = read_counts(stats.items())
    return {name: counts.traffic(name) for name in names}


def read_counts(stats: Iterable[tuple[str, str]]) -> Counts:
    """The counters among these statistics."""
    clusters: dict[str, Counter[str]] = {}
    cut: dict[str, int] = {}
    abandoned: dict[str, int] = {}
    for stat, value in stats:
        if stat.startswith(CUT):
            cut[stat[len(CUT) + 1 :]] = int(value)
            continue
        if stat.startswith(ABANDONED):
            abandoned[stat[len(ABANDONED) + 1 :]] = int(value)
            continue
        name, _, counter = stat.removeprefix("cluster.").rpartition(".")
        clusters.setdefault(name, Counter())[counter] = int(value)
    return Counts(clusters, cut, abandoned)


def stat_name(backend: str) -> str:
    """A backend's name inside the names of statistics."""
    return backend.replace(":", "_")


def _arrived(cluster: Mapping[str, int]) -> int:
    """Requests that came, each counted once however often it was tried.

    ``total`` counts those that were given a connection, ``pending_failure_eject`` each attempt that was given none,
    ``cancelled`` those whose user left before.
    """
    tried = cluster["upstream_rq_total"] + cluster["upstream_rq_pending_failure_eject"]
    waiting = cluster["upstream_rq_pending_active"] + cluster["upstream_rq_cancelled"]
    # A request that waits to be tried again is in none of these.
    return max(0, tried + waiting - cluster["upstream_rq_retry"])


def _active(cluster: Mapping[str, int]) -> int:
    return cluster["upstream_rq_active"] + cluster["upstream_rq_pending_active"]
