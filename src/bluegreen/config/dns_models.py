"""The shape of ``router: dns`` in ``bluegreen.yaml``, and what it means."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from bluegreen.config import fields as f
from bluegreen.config.breach import Breach
from bluegreen.config.problems import Wrong
from bluegreen.config.section import Section
from bluegreen.core import spec

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
APP = "{app}"


def _domain(value: str) -> str:
    if not _DOMAIN.fullmatch(value.replace(APP, "app")) or len(value) > 240:
        raise Wrong(f"`{value}` is not a whole domain name", "such as `shop.example.com`, without a dot at its end")
    return value.lower()


def _ip(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise Wrong(f"`{value}` is not an IP address", "such as `192.0.2.10`") from None


def _server(value: str) -> str:
    host, port = value, "53"
    if found := re.fullmatch(r"\[(.+)\](?::([0-9]+))?|([^:]+):([0-9]+)", value):
        host, port = found[1] or found[3], found[2] or found[4] or "53"
    _ip(host)
    if not 0 < int(port) < 65536:
        raise Wrong(f"`{value}` has no port between 1 and 65535")
    return value


Domain = Annotated[str, AfterValidator(_domain)]
Ip = Annotated[str, AfterValidator(_ip)]
NameServer = Annotated[str, AfterValidator(_server)]
OneOrMoreIps = Annotated[
    list[Ip], Field(min_length=1), BeforeValidator(f.one_or_many, json_schema_input_type=list[Ip] | Ip)
]


class DnsSection(Section):
    """A name in DNS moves users. `bluegreen router init dns` prints what its servers need."""

    name: Domain = Field(
        description="The name that leads users; `{app}` in it is the application's name.",
        examples=["shop.example.com"],
    )
    zone: Domain = Field(description="The zone that it is in.", examples=["example.com"])
    servers: list[NameServer] = Field(
        min_length=1,
        description="Every authoritative server, as `address` or `address:port`. The primary, which is updated, first.",
        examples=[["192.0.2.53", "198.51.100.53"]],
    )
    key: f.AbsolutePath = Field(
        description="The file with the TSIG key, as `tsig-keygen` writes it.", examples=["/etc/bluegreen/dns.key"]
    )
    blue: OneOrMoreIps = Field(
        description="The address, or addresses, at which users reach blue.", examples=["192.0.2.10"]
    )
    green: OneOrMoreIps = Field(description="The same for green.", examples=["192.0.2.11"])
    ttl: f.TimeLimit = Field(
        default=float(spec.Dns.ttl),
        le=86_400.0,
        description="How long resolvers may keep an answer.",
        examples=["30s"],
    )


def dns_breaches(section: DnsSection) -> Iterator[Breach]:
    """Every rule about a name that leads users which the file breaks."""
    place = ("router", "dns")
    if not section.name.endswith(f".{section.zone}") and section.name != section.zone:
        yield Breach((*place, "name"), f"`{section.name}` is not in the zone `{section.zone}`", "correct one of them")
    if both := sorted({*section.blue} & {*section.green}):
        yield Breach((*place, "green"), f"{both[0]} is an address of blue as well", "give each environment its own")
    if section.ttl != int(section.ttl):
        yield Breach((*place, "ttl"), "a TTL is whole seconds", "such as `30s`")


def dns_spec(section: DnsSection) -> spec.Dns:
    """The router that a consistent section describes."""
    return spec.Dns(
        name=section.name,
        zone=section.zone,
        servers=tuple(section.servers),
        key=section.key,
        blue=tuple(section.blue),
        green=tuple(section.green),
        ttl=int(section.ttl),
    )
