"""dnspython, where it is installed."""

from __future__ import annotations

from typing import Any

from bluegreen.core.errors import PermanentError


def dnspython() -> Any:
    """The package ``dns``, with what is used of it. Raises PermanentError when it is not installed."""
    try:
        import dns.asyncquery
        import dns.flags
        import dns.message
        import dns.name
        import dns.rcode
        import dns.rdatatype
        import dns.tsig
        import dns.tsigkeyring
        import dns.update
    except ImportError as error:
        raise PermanentError(
            "`router: dns` needs dnspython, which is not installed",
            why=str(error),
            cure="pip install 'bluegreen[dns]'",
        ) from error
    return dns


def place(server: str) -> tuple[str, int]:
    """Host and port of ``192.0.2.53``, ``192.0.2.53:5353``, ``2001:db8::53`` or ``[2001:db8::53]:5353``."""
    if server.startswith("["):
        host, _, port = server[1:].partition("]")
        return host, int(port[1:] or 53)
    host, colon, port = server.partition(":")
    return (host, int(port)) if colon and ":" not in port else (server, 53)
