"""Asks authoritative servers themselves, never a resolver: what one of them answers is in force there."""

from __future__ import annotations

import asyncio
from typing import Any

from bluegreen.core.errors import PermanentError, TemporaryError
from bluegreen.core.router_specs import Dns
from bluegreen.routers.dns.library import dnspython, place
from bluegreen.routers.dns.told import Spread, Told

WITHIN = 2.0
"""Seconds after which one server's answer is given up."""


async def ask(server: str, spec: Dns) -> Told:
    """What this server tells.

    Raises:
        TemporaryError: it does not answer, or not for this zone.
        PermanentError: the name is an alias, which can have no addresses.
    """
    a, aaaa, txt = await asyncio.gather(*(_answer(server, name, kind) for name, kind in _questions(spec)))
    addresses = [*_records(a, "A"), *_records(aaaa, "AAAA")]
    markers = [text for text, _ in _records(txt, "TXT")]
    if alias := [target for target, _ in _records(a, "CNAME")]:
        raise PermanentError(
            f"{spec.name} is an alias (CNAME) of {alias[0]}",
            why="a name that is an alias can have no addresses of its own",
            cure="remove the CNAME record from the zone, or name what it leads to below `router: dns`",
        )
    ttl = max((ttl for _, ttl in addresses), default=0)
    # The one of ours, whoever else writes there.
    marker = next((text for text in markers if text.startswith("bluegreen ")), markers[0] if markers else None)
    return Told(marker, frozenset(address for address, _ in addresses), ttl)


async def ask_all(spec: Dns) -> Spread:
    """What all of them tell. Raises PermanentError as `ask`."""
    answers = await asyncio.gather(*(ask(server, spec) for server in spec.servers), return_exceptions=True)
    told, silent = {}, {}
    for server, answer in zip(spec.servers, answers, strict=True):
        if isinstance(answer, TemporaryError):
            silent[server] = answer.why
        elif isinstance(answer, BaseException):
            raise answer
        else:
            told[server] = answer
    return Spread(told, silent)


def _questions(spec: Dns) -> tuple[tuple[str, str], ...]:
    return (spec.name, "A"), (spec.name, "AAAA"), (spec.marker, "TXT")


async def _answer(server: str, name: str, kind: str) -> Any:
    dns = dnspython()
    question = dns.message.make_query(name, kind, flags=0)
    host, port = place(server)
    try:
        answer, _ = await dns.asyncquery.udp_with_fallback(question, host, timeout=WITHIN, port=port)
    except (OSError, EOFError, dns.exception.DNSException) as error:
        why = "no answer in time" if isinstance(error, dns.exception.Timeout) else str(error) or type(error).__name__
        raise _silent(server, f"it does not answer: {why}") from error
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise _silent(server, f"it answers {dns.rcode.to_text(answer.rcode())} to a question for {name}")
    if not answer.flags & dns.flags.AA:
        raise _silent(server, f"it is not authoritative for {name}")
    return answer


def _records(answer: Any, kind: str) -> list[tuple[str, int]]:
    """Text and TTL of each record of this kind."""
    dns = dnspython()
    wanted = dns.rdatatype.from_text(kind)
    found = []
    for rrset in answer.answer:
        if rrset.rdtype == wanted:
            found += [(_text(rdata, kind), rrset.ttl) for rdata in rrset]
    return found


def _text(rdata: Any, kind: str) -> str:
    return b"".join(rdata.strings).decode(errors="replace") if kind == "TXT" else str(rdata)


def _silent(server: str, why: str) -> TemporaryError:
    return TemporaryError(
        f"the name server {server} cannot be asked",
        why=f"{server}: {why}",
        cure="see that it runs and serves the zone, or correct `servers` below `router: dns`",
        retry_after=1.0,
    )
