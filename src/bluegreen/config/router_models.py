"""The shape of ``router:`` in ``bluegreen.yaml``, and what it means. Defaults are those of `core.router_specs`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bluegreen.config import fields as f
from bluegreen.config.dns_models import DnsSection, dns_spec
from bluegreen.config.nginx_models import NginxSection
from bluegreen.config.section import Section
from bluegreen.core import spec


class HaproxySection(Section):
    """HAProxy moves users. `bluegreen router init haproxy` prints what its configuration needs."""

    socket: f.AbsolutePath = Field(
        default=spec.Haproxy.socket,
        description="Its stats socket, of level admin.",
        examples=["/run/haproxy/admin.sock"],
    )
    folder: f.AbsolutePath = Field(
        default=spec.Haproxy.folder,
        description="Where its map of routes and its servers' state are, which bluegreen writes.",
        examples=["/etc/haproxy/bluegreen"],
    )


class CommandRouterSection(Section):
    """Three commands move users: JSON on standard input, JSON as the last line of standard output."""

    set: f.Command = Field(description="Moves users to the route that it is given.", examples=["./set.sh"])
    get: f.Command = Field(description="Tells the route in force, read from the device itself.", examples=["./get.sh"])
    drain: f.Command = Field(description="Tells how many requests are under way on instances.", examples=["./drain.sh"])
    weighted: bool = Field(
        default=spec.Commands.weighted, description="Whether `set` can give each environment a share of users."
    )
    within: f.TimeLimit = Field(
        default=spec.Commands.within, description="How long each of them may take.", examples=["30s"]
    )


def _named(value: Any) -> Any:
    """``router: haproxy``: with its defaults."""
    return {value: {}} if isinstance(value, str) else value


class RouterSection(Section):
    """What moves users, where that is not bluegreen's own Envoy: exactly one of these keys."""

    haproxy: HaproxySection | None = Field(
        default=None, description="The HAProxy of this machine.", examples=[{"socket": "/run/haproxy/admin.sock"}]
    )
    nginx: NginxSection | None = Field(
        default=None, description="The nginx of this machine.", examples=[{"folder": "/etc/nginx/bluegreen"}]
    )
    dns: DnsSection | None = Field(
        default=None,
        description="A name in DNS.",
        examples=[
            {
                "name": "shop.example.com",
                "zone": "example.com",
                "servers": ["192.0.2.53", "198.51.100.53"],
                "key": "/etc/bluegreen/dns.key",
                "blue": "192.0.2.10",
                "green": "192.0.2.11",
            }
        ],
    )
    command: CommandRouterSection | None = Field(
        default=None,
        description="Commands, for anything else.",
        examples=[{"set": "./set.sh", "get": "./get.sh", "drain": "./drain.sh"}],
    )


RouterShort = Annotated[RouterSection, BeforeValidator(_named, json_schema_input_type=RouterSection | str)]


def router_spec(section: RouterSection | None) -> spec.RouterSpec | None:
    """The router that a consistent section describes."""
    if section is None:
        return None
    if section.command is not None:
        return spec.Commands(**section.command.model_dump())
    if section.nginx is not None:
        return spec.Nginx(**section.nginx.model_dump())
    if section.dns is not None:
        return dns_spec(section.dns)
    assert section.haproxy is not None  # `router_rules` let it pass
    return spec.Haproxy(**section.haproxy.model_dump())
