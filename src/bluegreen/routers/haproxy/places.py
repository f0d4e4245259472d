"""Which instance takes which server of a backend: pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bluegreen.core.errors import PermanentError
from bluegreen.routers.haproxy.tables import Server


def commands(backend: str, servers: Mapping[str, Server], endpoints: Sequence[str], *, anew: bool) -> list[str]:
    """The commands that put exactly these instances behind a backend; none when they are there already.

    ``anew``: they are another run's, so that each has to be checked again, also where an address is the same.

    Raises:
        PermanentError: it has too few servers.
    """
    kept = {} if anew else _kept(servers, endpoints)
    free = [name for name in servers if name not in kept]
    missing = [endpoint for endpoint in endpoints if endpoint not in kept.values()]
    if len(missing) > len(free):
        raise PermanentError(
            f"HAProxy has {len(servers)} servers in its backend {backend}, too few for {len(endpoints)} instances.",
            why="Each instance needs one.",
            cure="Raise `server-template` there and reload HAProxy; `bluegreen router init haproxy` prints it.",
        )
    taken = dict(zip(free, missing, strict=False))
    found: list[str] = []
    for name in free:
        server = servers[name]
        if server.is_used:
            found.append(f"set server {backend}/{name} state maint")
        if name in taken:
            host, _, port = taken[name].rpartition(":")
            found.append(f"set server {backend}/{name} addr {host} port {port}")
            found.append(f"set server {backend}/{name} state ready")
    return found


def _kept(servers: Mapping[str, Server], endpoints: Sequence[str]) -> dict[str, str]:
    return dict(_pairs(servers, list(endpoints)))


def _pairs(servers: Mapping[str, Server], endpoints: list[str]) -> Iterator[tuple[str, str]]:
    for name, server in servers.items():
        if server.is_used and server.address in endpoints:
            endpoints.remove(server.address)
            yield name, server.address
