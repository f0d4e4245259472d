"""``router: nginx`` and ``router: dns``: what they mean, and what is wrong at its line."""

from __future__ import annotations

import pytest

from bluegreen.config import ConfigError, parse
from bluegreen.core.events import ReleaseCreated
from bluegreen.core.model import Release
from bluegreen.core.router_specs import Dns, Nginx
from bluegreen.journal.codec import decode, encode

FILE = """\
app: shop
address: 0.0.0.0:8080
components:
  web: {run: ./serve, receives: /}
"""
DNS = """\
router:
  dns:
    name: Shop.example.com
    zone: example.com
    servers: [192.0.2.53, "[2001:db8::53]:5353"]
    key: /etc/bluegreen/dns.key
    blue: 192.0.2.10
    green: [192.0.2.11, "2001:DB8:0::11"]
    ttl: 1m
"""


def test_nginx_is_named_alone_or_with_where_it_lies() -> None:
    assert parse(FILE + "router: nginx\n").router == Nginx()
    written = 'router: {nginx: {program: sudo -n nginx, status: "127.0.0.1:9999", folder: /srv/nginx}}\n'
    assert parse(FILE + written).router == Nginx(program="sudo -n nginx", status="127.0.0.1:9999", folder="/srv/nginx")


def test_dns_is_read_with_its_addresses_in_one_spelling() -> None:
    expected = Dns(
        name="shop.example.com",
        zone="example.com",
        servers=("192.0.2.53", "[2001:db8::53]:5353"),
        key="/etc/bluegreen/dns.key",
        blue=("192.0.2.10",),
        green=("192.0.2.11", "2001:db8::11"),
        ttl=60,
    )
    assert parse(FILE + DNS).router == expected


@pytest.mark.parametrize(
    ("written", "place", "words"),
    [
        ('router: {nginx: {status: "0.0.0.0:9189"}}', "5:26", "can be reached from other machines"),
        ("router: {nginx: {folder: /srv/a b}}", "5:26", "cannot be written in nginx's configuration"),
        ("router: {nginx: {pid: nginx.pid}}", "5:23", "not an absolute path"),
        ("router: nginx\nskew_protection: true", "6:1", "nginx cannot follow requests that name a release"),
        ("router: nginx\nwatch: {guards: [{error_rate: {}}]}", "6:", "nginx does not count users' requests"),
        (DNS.replace("zone: example.com", "zone: example.org"), "7:11", "is not in the zone `example.org`"),
        (DNS.replace("[192.0.2.11, ", "[192.0.2.10, "), "12:", "192.0.2.10 is an address of blue as well"),
        (DNS.replace("192.0.2.53", "ns1.example.com"), "9:15", "is not an IP address"),
        (DNS.replace("192.0.2.53", "192.0.2.53:99999"), "9:15", "no port between 1 and 65535"),
        (DNS.replace("Shop.example.com", "shop"), "7:11", "not a whole domain name"),
        (DNS.replace("1m", "90000s"), "13:10", "86400"),
        (DNS.replace("1m", "1.5s"), "13:10", "whole seconds"),
        (DNS + "switch: {shift: [5%, 100%]}", "14:", "DNS cannot split users' requests"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(written: str, place: str, words: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        parse(FILE + written + "\n")
    lines = str(wrong.value)
    assert words in lines
    assert f"bluegreen.yaml:{place}" in lines


def test_a_release_remembers_which_router_it_is_behind() -> None:
    for router in ("router: nginx\n", DNS):
        spec = parse(FILE + router)
        event = ReleaseCreated(Release(1, "d", "a", spec))
        assert decode(event.kind, encode(event)) == event
