"""``host:port`` as text and as Envoy wants it."""

from __future__ import annotations

from typing import Any

from bluegreen.core.errors import PermanentError

ANY = ("0.0.0.0", "::")  # noqa: S104 - compared with, never bound


def split(address: str) -> tuple[str, int]:
    """Host (without brackets) and port.

    Raises:
        PermanentError: it is not ``host:port``.
    """
    host, colon, port = address.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise PermanentError(
            f"{address!r} is not an address", why="it must be host:port", cure="such as 127.0.0.1:8080"
        )
    if host == "localhost":
        # Envoy does not look names up.
        host = "127.0.0.1"
    return host.removeprefix("[").removesuffix("]") or ANY[0], int(port)


def canonical(address: str) -> str:
    """The address as Envoy shows it."""
    host, port = split(address)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def socket_address(address: str) -> dict[str, Any]:
    """The address in Envoy's terms."""
    host, port = split(address)
    return {"socket_address": {"address": host, "port_value": port}}


def overlap(one: str, other: str) -> bool:
    """Whether both could not be listened on at once."""
    (host, port), (other_host, other_port) = split(one), split(other)
    return port == other_port and (host == other_host or host in ANY or other_host in ANY)
