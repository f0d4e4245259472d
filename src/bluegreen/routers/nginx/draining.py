"""What is still under way in workers that nginx has replaced."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

import psutil

from bluegreen.routers.base import Backend
from bluegreen.system.process import ProcessRecord, is_running


def under_way(retiring: Iterable[ProcessRecord], backends: Iterable[Backend]) -> Counter[str]:
    """Requests and streams under way on each backend, by its name.

    A retiring worker has closed every idle connection: each one that it has to an instance is a request. One whose
    connections cannot be seen (another user's, or in a container) counts as one request to every backend.
    """
    backends = list(backends)
    found: Counter[str] = Counter()
    for worker in retiring:
        connections = _connections(worker)
        for backend in backends:
            found[backend.name] += 1 if connections is None else sum(connections[each] for each in backend.endpoints)
    return found


def _connections(worker: ProcessRecord) -> Counter[str] | None:
    """How many connections it has to each ``host:port``; None when that cannot be seen."""
    try:
        if os.readlink(f"/proc/{worker.pid}/ns/net") != os.readlink("/proc/self/ns/net"):
            return None
        found = psutil.Process(worker.pid).net_connections(kind="tcp")
    except (OSError, psutil.Error):
        return None if is_running(worker) else Counter()
    remote = (each.raddr for each in found if each.raddr and each.status != psutil.CONN_LISTEN)
    return Counter(f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}" for ip, port in remote)
