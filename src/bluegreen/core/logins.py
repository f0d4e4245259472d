"""How many failed logins are borne: a fold over the times at which they happened."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

WINDOW = 60.0
"""Seconds that a failed login counts."""
EACH = 10
"""Failed logins within the window after which an address has to wait."""
OVERALL = 200
"""Failed logins within the window, from all addresses together, after which every further one is told to wait."""
KNOWN = 1000
"""Logins that are remembered as good."""


@dataclass(frozen=True)
class Logins:
    """What happened of late; its size is bounded."""

    failed: tuple[tuple[float, str], ...] = ()
    """When and from where, oldest first."""
    known: tuple[tuple[str, str], ...] = ()
    """Address and public id of credentials that were good there, the latest last: who is logged in stays so, whatever
    else comes from the same address."""


def failed(logins: Logins, address: str, now: float) -> Logins:
    """After one more failed login."""
    recent = [one for one in logins.failed if one[0] > now - WINDOW]
    return Logins((*recent, (now, address))[-OVERALL:], logins.known)


def succeeded(logins: Logins, address: str, credential: str) -> Logins:
    """After a good one."""
    one = (address, credential)
    return logins if one in logins.known else Logins(logins.failed, (*logins.known, one)[-KNOWN:])


def wait(logins: Logins, address: str, credential: str, now: float) -> float:
    """Seconds that a login has to wait before it is looked at; 0: none. ``credential`` is the id that is claimed."""
    own = [at for at, where in logins.failed if where == address and at > now - WINDOW]
    if len(own) < EACH or (address, credential) in logins.known:
        return 0.0
    return own[-EACH] + WINDOW - now


def wait_after_failure(logins: Logins, now: float) -> float:
    """Seconds that somebody whose login just failed is told to wait, since so many fail everywhere; 0: none.

    It is asked after the login was looked at: however many fail, a good one is let in.
    """
    recent = [at for at, _ in logins.failed if at > now - WINDOW]
    return recent[-OVERALL] + WINDOW - now if len(recent) >= OVERALL else 0.0


def network_of(address: str) -> str:
    """What counts as one address: the whole of what one customer is given, which is a /64 of IPv6."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    if ip.version == 4:
        return str(ip)
    mapped = ip.ipv4_mapped
    return str(mapped) if mapped else f"{ipaddress.ip_network((ip, 64), strict=False)}"
