"""What the user's name servers need in their configuration, for `bluegreen router init` and `bluegreen doctor`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from bluegreen.core.errors import PermanentError
from bluegreen.core.router_specs import Dns
from bluegreen.core.spec import AppSpec
from bluegreen.routers.dns.key import read_key
from bluegreen.routers.dns.library import dnspython
from bluegreen.routers.dns.query import ask_all
from bluegreen.routers.dns.told import Spread
from bluegreen.routers.setup import Sight

SNIPPET = """\
# 1. A key, as root on the primary; the same file for bluegreen, readable by nobody else:
#        tsig-keygen bluegreen > {key} && chmod 600 {key}
# 2. In the primary's configuration (BIND's named.conf): the key, and what it may change.

include "{key}";
zone "{zone}" {{
    type primary;
    file "…";
    update-policy {{
        grant bluegreen name {name} A AAAA;
        grant bluegreen name {marker} TXT;
    }};
    notify yes;  # a secondary that is not notified lags by its refresh time
}};

# 3. Some time before the first deployment, where the name is there already: lower its TTL to {ttl} s. The old
#    environment is kept until the largest TTL that was seen has run out.
"""

LONG = 3600
"""Seconds of a TTL from which on it is a hint that the old environment will have to be kept for long."""


class DnsSetup:
    """See `bluegreen.routers.setup.Setup`."""

    def snippet(self, app: AppSpec) -> str:
        """The configuration for this application."""
        spec = _spec(app)
        return SNIPPET.format(key=spec.key, zone=spec.zone, name=spec.name, marker=spec.marker, ttl=spec.ttl)

    def examine(self, app: AppSpec) -> Sequence[Sight]:
        """Whether the servers answer, and the key can be read. Whether they let it change anything shows only then."""
        spec = _spec(app)
        try:
            dnspython()
            read_key(spec.key)
            spread = asyncio.run(ask_all(spec))
        except PermanentError as error:
            return [Sight("wrong", f"{error.what}: {error.why}", error.cure)]
        return list(_examine(spec, spread))


def _spec(app: AppSpec) -> Dns:
    assert isinstance(app.router, Dns)
    return app.router.of(app.app)


def _examine(spec: Dns, spread: Spread) -> Iterator[Sight]:
    for why in spread.silent.values():
        yield Sight("wrong", why, "see that it runs and serves the zone, or correct `servers` below `router: dns`")
    if spread.told:
        yield Sight("well", f"{len(spread.told)} of {len(spec.servers)} name servers answer for {spec.name}")
    told = spread.in_force(spec)
    if told is not None and told.route is not None and (late := spread.lagging(spec, told.route)):
        yield Sight("wrong", f"{', '.join(late)} answers something older", "see that it is notified of changes")
    if spread.largest_ttl > LONG:
        cure = f"lower it to {spec.ttl} s, and deploy when it has run out"
        yield Sight("hint", f"resolvers may keep the address of {spec.name} for {spread.largest_ttl} s", cure)
