"""One reading of everything that guards judge by: counters and times of all backends, in one answer of Envoy."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from bluegreen.routers.base import Measured, Measurement, Times
from bluegreen.routers.envoy.access_log import ABANDONED, CUT
from bluegreen.routers.envoy.admin import Admin
from bluegreen.routers.envoy.clusters import EXPLICIT
from bluegreen.routers.envoy.traffic import ARRIVALS, COUNTERS, Counts, read_counts, stat_name

TIME = "upstream_rq_time"
"""From the moment that a request was there whole until its answer was; milliseconds, cut off to whole ones."""

USERS = rf"[^{EXPLICIT[0]}]*\.({'|'.join(COUNTERS)}|{TIME})"
OTHERS = rf".*{EXPLICIT}[^.]*\.({'|'.join(ARRIVALS)})"
PATTERN = rf"^(cluster\.({USERS}|{OTHERS})|({re.escape(CUT)}|{re.escape(ABANDONED)})\..*)$"

NEVER = 86400.0
"""The time that an answer is said to have taken for which nobody waited, in seconds."""

BUCKET = re.compile(r"([^\s,=]+),([^:]+):(\d+)")


async def read_measurement(admin: Admin, backends: Iterable[str]) -> Measurement:
    """Counters and times by backend name. Raises TemporaryError when Envoy does not answer."""
    at = time.monotonic()
    lines = (await admin.statistics(PATTERN, "&histogram_buckets=detailed")).splitlines()
    counts = read_counts(stat for stat in _stats(lines))
    times = _times(lines)
    return Measurement(at, {name: _measured(name, counts, times) for name in backends})


def _measured(backend: str, counts: Counts, times: Mapping[str, Times]) -> Measured:
    name = stat_name(backend)
    taken, abandoned = times.get(name, {}), counts.abandoned.get(name, 0)
    return Measured(counts.traffic(backend), {**taken, NEVER: abandoned} if abandoned else taken)


def _stats(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        stat, colon, value = line.partition(": ")
        if colon and value.isdigit():
            yield stat, value


def _times(lines: Iterable[str]) -> Mapping[str, Times]:
    """Times by cluster."""
    return {
        head.removeprefix("cluster.").removesuffix(f".{TIME}:"): read_buckets(line)
        for head, line in pairwise(lines)
        if line.startswith("  totals=")
    }


def read_buckets(line: str) -> Counter[float]:
    """A line such as ``totals=9,0.1:4, 120,10:2``: lower bound, width and count of each bucket that is not empty.

    The times were cut off to whole milliseconds, so that one of 9 ms took anything up to 10.
    """
    times: Counter[float] = Counter()
    for lower, width, count in BUCKET.findall(line):
        times[(float(lower) + max(float(width), 1.0)) / 1000] += int(count)
    return times
