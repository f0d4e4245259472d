"""Addresses that are listened on, ``IP:port``, and the host names that users ask for."""

from __future__ import annotations

import ipaddress
import re

from bluegreen.config.problems import Wrong

LOOPBACK = "127.0.0.1"
_HINT = "write `127.0.0.1:8080` for this machine only, `0.0.0.0:8080` for everybody"
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


def address(value: object) -> str:
    """``host:port`` with a literal IP address; a port alone is on loopback. Raises Wrong."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, (list, dict)):
        raise Wrong("must be an address", 'YAML needs quotes around an IPv6 address: `"[::1]:8080"`')
    if not isinstance(value, str):
        raise Wrong("must be an address", _HINT)
    if value.lstrip("-").isdecimal():
        return f"{LOOPBACK}:{_port(value)}"
    host, colon, port = value.rpartition(":")
    if not colon:
        raise Wrong(f"`{value}` has no port", _HINT)
    if not host:
        raise Wrong(f"`{value}` does not say who may reach it", _HINT)
    return f"{_host(host)}:{_port(port)}"


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise Wrong(f"`{text}` is not a port", "a port is a number from 1 to 65535")
    return int(text)


def _host(text: str) -> str:
    if text == "localhost":
        return LOOPBACK
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        ip = ipaddress.ip_address(bare)
    except ValueError:
        hint = _HINT + "; the names that users ask for go to `hosts`"
        raise Wrong(f"`{text}` is not an IP address to listen on", hint) from None
    if ip.version == 4 and bare == text:
        return str(ip)
    if ip.version == 4 or "%" in bare:
        raise Wrong(f"`{text}` is not an IP address to listen on", _HINT)
    if bare == text:
        raise Wrong(f"the IPv6 address `{text}` needs brackets", f'write `"[{text}]:8080"`, in quotes')
    return f"[{ip}]"


def overlap(one: str, other: str) -> bool:
    """Whether one machine could not listen on both: same port, and the same host or every host."""
    host, _, port = one.rpartition(":")
    other_host, _, other_port = other.rpartition(":")
    every = {"0.0.0.0", "[::]"}  # noqa: S104 - compared, not listened on
    return port == other_port and (host == other_host or bool(every & {host, other_host}))


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address (``host:port``)."""
    return ipaddress.ip_address(address.rpartition(":")[0].strip("[]")).is_loopback


def host_name(value: str) -> str:
    """A host name in lower case; ``*.`` may lead. Raises Wrong."""
    name = value.lower()
    if "/" in name or ":" in name:
        raise Wrong(f"`{value}` is not a host name alone", "leave out `https://`, the port and the path")
    if name == "*":
        raise Wrong("`*` alone is not a host name", "leave `hosts` out: then every host is served")
    if not name.isascii():
        raise Wrong(f"`{value}` is not in ASCII", "write its `xn--...` form, as browsers send it")
    bare = name.removeprefix("*.")
    if "*" in bare:
        raise Wrong(f"`{value}`: only a leading `*.` stands for any name", "such as `*.example.com`")
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in bare.split(".")):
        raise Wrong(f"`{value[:80]}` is not a host name", "such as `shop.example.com`")
    return name
