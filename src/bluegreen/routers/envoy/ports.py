"""Whether an address can be had before Envoy is told to listen on it."""

from __future__ import annotations

import errno

from bluegreen.core.errors import PermanentError
from bluegreen.routers.envoy.address import split
from bluegreen.system.ports import find_holder, try_bind


def check_free(app: str, address: str) -> None:
    """Bind it once and let go: two proxies that share a port (SO_REUSEPORT) would split its traffic without a word.

    Raises:
        PermanentError: it cannot be bound; with who holds it.
    """
    host, port = split(address)
    try:
        try_bind(host, port)
    except OSError as error:
        raise PermanentError(
            f"{app}: the address {address} cannot be listened on", why=_why(error, host, port), cure=_cure(error, port)
        ) from error


def is_free(address: str) -> bool:
    """Whether it could be bound now."""
    try:
        try_bind(*split(address))
    except OSError:
        return False
    return True


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"it is in use by {find_holder(host, port) or 'a process that cannot be told'}"
    return error.strerror or str(error)


def _cure(error: OSError, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return "stop that process, or choose another port"
    if error.errno == errno.EACCES:
        return (
            f"choose a port from 1024 on, or allow it for all users: sysctl net.ipv4.ip_unprivileged_port_start={port}"
        )
    return "choose an address of this machine, such as 127.0.0.1"
