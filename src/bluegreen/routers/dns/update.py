"""One atomic update of the zone (RFC 2136), signed (RFC 8945): addresses and route together, or neither."""

from __future__ import annotations

from typing import Any

from bluegreen.core.errors import BluegreenError, PermanentError, TemporaryError
from bluegreen.core.model import Route
from bluegreen.core.router_specs import Dns
from bluegreen.routers.dns.key import read_key
from bluegreen.routers.dns.library import dnspython, place
from bluegreen.routers.dns.told import addresses_of, marker_text

WITHIN = 5.0
"""Seconds after which an update counts as not answered."""


class Outdated(Exception):
    """The server has another marker than the one that the update was made for: it has changed nothing."""


async def update(spec: Dns, before: str | None, route: Route | None, left_ttl: int) -> None:
    """Let the name lead where this route says (None: nowhere), provided that its marker is ``before``.

    The server itself compares, and carries out all of it or nothing (RFC 2136, section 3).

    Raises:
        Outdated: the marker is another one.
        PermanentError: the server refuses it, with what it says.
        TemporaryError: it does not answer: the update may or may not have been carried out.
    """
    dns = dnspython()
    try:
        message = _message(dns, spec, before, route, left_ttl)
        host, port = place(spec.servers[0])
        answer = await dns.asyncquery.tcp(message, host, timeout=WITHIN, port=port)
    except dns.tsig.PeerError as error:
        raise _refused(spec, _TSIG.get(type(error).__name__, str(error)), _KEYS) from error
    except (dns.tsig.BadSignature, dns.tsig.BadTime, dns.message.UnknownTSIGKey) as error:
        raise _refused(spec, f"its answer is not signed as it must be: {error}", _KEYS) from error
    except (OSError, EOFError, dns.exception.DNSException) as error:
        raise TemporaryError(
            f"the name server {spec.servers[0]} does not answer an update",
            why=str(error) or type(error).__name__,
            cure="see that it runs; the route is read back and set again",
            retry_after=1.0,
        ) from error
    _check(spec, dns.rcode.to_text(answer.rcode()))


def _message(dns: Any, spec: Dns, before: str | None, route: Route | None, left_ttl: int) -> Any:
    key = read_key(spec.key)
    try:
        ring = dns.tsigkeyring.from_text({key.name: key.secret})
        message = dns.update.UpdateMessage(spec.zone, keyring=ring, keyname=key.name, keyalgorithm=key.algorithm)
    except (ValueError, NotImplementedError, dns.exception.DNSException) as error:
        raise PermanentError(
            f"the TSIG key in {spec.key} cannot be used",
            why=str(error),
            cure="write it with `tsig-keygen NAME`",
        ) from error
    name, marker = dns.name.from_text(spec.name), dns.name.from_text(spec.marker)
    if before is None:
        message.absent(marker, "TXT")
    else:
        message.present(marker, "TXT", _quoted(before))
    for kind in ("A", "AAAA"):
        message.delete(name, kind)
    message.delete(marker, "TXT")
    if route is not None:
        message.add(marker, spec.ttl, "TXT", _quoted(marker_text(route, left_ttl)))
        for address in sorted(addresses_of(spec, route)):
            message.add(name, spec.ttl, "AAAA" if ":" in address else "A", address)
    return message


_KEYS = "compare the key file with the server's configuration: name, algorithm and secret must be the same"
_TSIG = {
    "PeerBadKey": "it does not know a key of that name (BADKEY)",
    "PeerBadSignature": "the secret or the algorithm of the key is another one there (BADSIG)",
    "PeerBadTime": "the clocks of the two machines differ by more than five minutes (BADTIME)",
}
_ANSWERS: dict[str, tuple[type[BluegreenError], str, str]] = {
    "REFUSED": (
        PermanentError,
        "it allows no such update (REFUSED)",
        "allow it for the key: `update-policy { grant KEY name NAME A AAAA; grant KEY name _bluegreen.NAME TXT; };`",
    ),
    "NOTAUTH": (PermanentError, "it is not the primary of the zone (NOTAUTH)", "name the primary first in `servers`"),
    "NOTZONE": (PermanentError, "the name is not in the zone (NOTZONE)", "correct `zone` below `router: dns`"),
    "NOTIMP": (PermanentError, "it knows no dynamic updates (NOTIMP)", "name the primary first in `servers`"),
}


def _check(spec: Dns, answer: str) -> None:
    if answer == "NOERROR":
        return
    if answer in ("NXRRSET", "YXRRSET"):
        raise Outdated
    kind, why, cure = _ANSWERS.get(answer, (TemporaryError, f"it answers {answer}", "its log says why"))
    cure = cure.replace("NAME", spec.name)
    raise kind(f"the name server {spec.servers[0]} has refused to change {spec.name}", why=why, cure=cure)


def _refused(spec: Dns, why: str, cure: str) -> PermanentError:
    return PermanentError(
        f"the name server {spec.servers[0]} has refused to change {spec.name}",
        why=f"{why}; the key is that in {spec.key}",
        cure=cure,
    )


def _quoted(text: str) -> str:
    return f'"{text}"'
