"""Ports: who holds one, and free ones that stay with their owner."""

from __future__ import annotations

import json
import socket
import zlib
from pathlib import Path
from typing import Any

import psutil

from bluegreen.core.errors import PermanentError
from bluegreen.system.atomic import replace_file

_LOWEST = 20_000
_HIGHEST = 65_535
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def try_bind(host: str, port: int) -> None:
    """Bind the address and let go of it. Raises OSError when it cannot be had.

    Without SO_REUSEPORT: two processes that both set it would share the port without a word.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def find_holder(host: str, port: int) -> str | None:
    """Who listens on the address, as ``nginx (pid 123)``; None when it cannot be told (another user's process)."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status != psutil.CONN_LISTEN or connection.pid is None or not connection.laddr:
                continue
            if connection.laddr.port == port and _overlap(host, connection.laddr.ip):
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except (psutil.Error, OSError):
        return None
    return None


def _overlap(one: str, other: str) -> bool:
    everything = {"0.0.0.0", "::", ""}  # noqa: S104 - compared, not bound
    return one == other or one in everything or other in everything


class Ports:
    """Free ports, each kept by its owner until it is released, also over restarts.

    They lie outside the range from which the kernel gives outgoing connections a port, and a released one comes
    last in turn, because a route may still name it. The file is read again for each call: several objects in one
    process may share it.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def take(self, owner: str) -> int:
        """The port of this owner; a free one when it has none yet.

        Raises:
            PermanentError: no port is free, or the file was damaged.
            OSError: the file cannot be written; nothing was taken.
        """
        state = self._read()
        taken: dict[str, int] = state["taken"]
        if owner not in taken:
            taken[owner] = state["last"] = self._find_free(set(taken.values()), state["last"])
            self._write(state)
        return taken[owner]

    def release(self, owner: str) -> None:
        """Give the owner's port back; nothing when it has none. Raises OSError when the file cannot be written."""
        state = self._read()
        if state["taken"].pop(owner, None) is not None:
            self._write(state)

    def _find_free(self, taken: set[int], last: int | None) -> int:
        ports = _range()
        if last is None:
            # Homes on one machine begin at different places, so that they do not race for the same ports.
            last = ports[zlib.crc32(str(self._file.absolute()).encode()) % len(ports)]
        start = last - ports.start + 1
        for step in range(len(ports)):
            port = ports[(start + step) % len(ports)]
            if port not in taken and _is_free(port):
                return port
        raise PermanentError(
            "No free port is left for an instance.",
            why=f"Every port from {ports.start} to {ports.stop - 1} is in use.",
            cure="Stop applications that are not needed, or narrow the kernel's net.ipv4.ip_local_port_range.",
        )

    def _read(self) -> dict[str, Any]:
        try:
            state = json.loads(self._file.read_bytes())
            return {"taken": dict(state["taken"]), "last": state["last"]}
        except FileNotFoundError:
            return {"taken": {}, "last": None}
        except (ValueError, TypeError, KeyError) as error:
            raise PermanentError(
                f"{self._file} cannot be read.",
                why=f"It was changed by something else: {error}.",
                cure="Put it right, or remove it: then what is started from now on gets other ports.",
            ) from error

    def _write(self, state: dict[str, Any]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(self._file, json.dumps(state, indent=1).encode())


def _is_free(port: int) -> bool:
    try:
        try_bind("0.0.0.0", port)  # noqa: S104 - let go of at once; finds who holds it on any address
    except OSError:
        return False
    return True


def _range() -> range:
    """The larger part below or above the ephemeral range; where that leaves nothing, the part from 20000 on."""
    low, high = map(int, _EPHEMERAL.read_text(encoding="ascii").split())
    below, above = range(_LOWEST, low), range(max(high + 1, _LOWEST), _HIGHEST + 1)
    best = max(below, above, key=len)
    return best if len(best) >= 100 else range(_LOWEST, 30_000)
