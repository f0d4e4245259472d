"""What HAProxy tells of its backends and servers, read."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field

from bluegreen.routers.haproxy.entries import Counts


@dataclass(frozen=True)
class Server:
    """One server of a backend: a place for one instance."""

    name: str
    address: str
    """``host:port``."""
    status: str
    """``UP``; ``UP 1/2`` while a check is awaited or has failed; ``DOWN``; ``MAINT`` when it takes nothing."""

    @property
    def is_used(self) -> bool:
        return not self.status.startswith("MAINT")

    @property
    def takes_requests(self) -> bool:
        return self.status.startswith(("UP", "no check"))

    @property
    def is_undecided(self) -> bool:
        """Whether its first check has not said anything yet."""
        return self.is_used and self.status not in ("UP", "no check") and not self.status.startswith("DOWN")


@dataclass
class BackendRow:
    """One backend with its servers."""

    counts: Counts = field(default_factory=Counts)
    active: int = 0
    servers: dict[str, Server] = field(default_factory=dict)

    @property
    def healthy(self) -> int:
        return sum(server.takes_requests for server in self.servers.values())


def read_stat(answer: str) -> Mapping[str, BackendRow]:
    """Backends by name, from ``show stat -1 6 -1`` (Management Guide, section 9.1, "CSV format")."""
    found: dict[str, BackendRow] = {}
    for row in csv.DictReader(io.StringIO(answer.removeprefix("# "))):
        backend = found.setdefault(row["pxname"], BackendRow())
        if row["svname"] == "BACKEND":
            backend.counts = _counts(row)
            # Streams that were given to it and have not ended, those that wait for a server included.
            backend.active = _number(row["scur"])
        else:
            backend.servers[row["svname"]] = Server(row["svname"], row["addr"], row["status"])
    return found


def _counts(row: Mapping[str, str]) -> Counts:
    answered = sum(_number(row[f"hrsp_{kind}"]) for kind in ("1xx", "2xx", "3xx", "4xx", "5xx", "other"))
    # An answer that its server cut has been counted by its status already.
    return Counts(_number(row["stot"]), _number(row["hrsp_5xx"]) + _number(row["srv_abrt"]), answered)


def _number(text: str) -> int:
    return int(text) if text else 0


def read_pid(answer: str) -> str:
    """The pid of the process that answers, from ``show info``."""
    return next((line[5:].strip() for line in answer.splitlines() if line.startswith("Pid: ")), "")
