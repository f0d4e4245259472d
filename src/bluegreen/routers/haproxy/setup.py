"""What HAProxy's configuration needs, and whether it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

from bluegreen.core.errors import BluegreenError
from bluegreen.core.model import Color
from bluegreen.core.router_specs import Haproxy
from bluegreen.core.spec import AppSpec, Component
from bluegreen.routers.haproxy.files import Files
from bluegreen.routers.haproxy.names import haproxy_backend
from bluegreen.routers.haproxy.proxy import Proxy
from bluegreen.routers.haproxy.socket import StatsSocket
from bluegreen.routers.setup import Sight

LEAST_SERVERS = 8
"""Servers of each backend: room for as many instances before the configuration has to be changed."""


class HaproxySetup:
    """See `bluegreen.routers.setup.Setup`."""

    def snippet(self, app: AppSpec) -> str:
        """A frontend and a backend for each environment and component."""
        spec = _spec(app)
        backends = "\n".join(_backend(app, color, c, spec) for color in Color for c in _receiving(app))
        return f"{_head(spec)}\n{_frontend(app, spec)}\n{backends}"

    def examine(self, app: AppSpec) -> Sequence[Sight]:
        """Whether HAProxy answers, with the map and the backends."""
        try:
            return list(asyncio.run(_examined(app, _spec(app))))
        except BluegreenError as error:
            return [Sight("wrong", " ".join(part for part in (error.what, error.why) if part), error.cure)]


def _spec(app: AppSpec) -> Haproxy:
    assert isinstance(app.router, Haproxy)
    return app.router


def _receiving(app: AppSpec) -> list[Component]:
    return [component for component in app.per_environment if component.receives]


def _head(spec: Haproxy) -> str:
    files = Files(Path(spec.folder))
    return f"""\
# --- For bluegreen. Once, as root, before HAProxy is reloaded with this (USER runs `bluegreen serve`):
#   install -d -o USER -m 755 {spec.folder}
#   touch {files.map}; echo 1 > {files.servers}; chown USER {files.map} {files.servers}
# And in `global`, if it is not there yet (USER has to be in the socket's group):
#   stats socket {spec.socket} mode 660 level admin expose-fd listeners
"""


def _frontend(app: AppSpec, spec: Haproxy) -> str:
    files, name = Files(Path(spec.folder)), app.app
    lines = [
        f"frontend {name}",
        f"    bind {_bind(app.address)}",
        "    mode http",
        "    # The route is one entry, epoch/blue/green: both shares and the epoch change in one step.",
        f"    http-request set-var(txn.{_var(name)}) str({name}),map({files.map})",
        f"    http-request set-var(txn.{_var(name)}_blue) var(txn.{_var(name)}),field(2,/)",
        f"    http-request set-var(txn.{_var(name)}_draw) rand(100)",
        "    option forwardfor",
        f"    acl {name}_blue var(txn.{_var(name)}_draw),sub(txn.{_var(name)}_blue) lt 0",
        f"    acl {name}_green var(txn.{_var(name)}),field(3,/) -m int gt 0",
    ]
    host = ""
    if app.hosts:
        lines.append(f"    acl {name}_host {_host_rule(app.hosts)}")
        host = f"{name}_host "
    return "\n".join([*lines, *_uses(app, host, files)]) + "\n"


def _uses(app: AppSpec, host: str, files: Files) -> Iterator[str]:
    prefixes = sorted(
        ((prefix, component.name) for component in _receiving(app) for prefix in component.receives),
        key=lambda pair: (-len(pair[0]), pair[0]),
    )
    for prefix, component in prefixes:
        for color in Color:
            backend = haproxy_backend(app.app, color, component)
            taken = f"{host}{app.app}_{color.value}"
            if prefix == "/":
                yield f"    use_backend {backend} if {taken}"
                continue
            # The map has an entry for each backend that a run is behind: another release may lack the component.
            taken += f" {{ str({backend}),map({files.map}) -m found }}"
            # `or` binds weaker than what stands side by side.
            yield f"    use_backend {backend} if {taken} {{ path {prefix} }} || {taken} {{ path_beg {prefix}/ }}"


def _host_rule(hosts: Sequence[str]) -> str:
    exact = [host for host in hosts if not host.startswith("*.")]
    ends = [host[1:] for host in hosts if host.startswith("*.")]
    names = "|".join([*(_quoted(host) for host in exact), *(f".+{_quoted(end)}" for end in ends)])
    return f"req.hdr(host) -i -m reg ^({names})(:[0-9]+)?$"


def _quoted(host: str) -> str:
    return host.replace(".", "\\\\.")


def _bind(address: str) -> str:
    host, _, port = address.rpartition(":")
    return f"{host.removeprefix('[').removesuffix(']') if host != '[::]' else '::'}:{port}"


def _var(name: str) -> str:
    """A name for variables, which have no dashes."""
    return name.replace("-", "_")


def _backend(app: AppSpec, color: Color, component: Component, spec: Haproxy) -> str:
    count = max(LEAST_SERVERS, 2 * component.instances)
    http2 = " proto h2" if component.protocol == "http2" else ""
    check = f"\n    option httpchk GET {component.ready.http}" if component.ready.http else ""
    return f"""\
backend {haproxy_backend(app.app, color, component.name)}
    mode http
    balance leastconn{check}
    # Instances are put in by bluegreen; after a reload or a restart HAProxy finds them in this file.
    load-server-state-from-file local
    server-state-file-name {Files(Path(spec.folder)).servers}
    # No idle connection is kept: a POST on one that the instance closes just then would fail, and may not be repeated.
    option http-server-close
    # What no instance has begun to answer is tried on another one; what may have had an effect, never.
    retries 3
    option redispatch 1
    retry-on conn-failure empty-response
    http-request disable-l7-retry unless METH_GET or {{ method HEAD OPTIONS }}
    default-server check inter 1s fastinter 100ms rise 1 fall 2{http2}
    server-template s {count} 127.0.0.1:1 disabled
"""


async def _examined(app: AppSpec, spec: Haproxy) -> list[Sight]:
    files = Files(Path(spec.folder))
    proxy = Proxy(StatsSocket(spec.socket), files.map)
    await proxy.entries()
    rows = await proxy.backends()
    found = [Sight("well", f"HAProxy answers at {spec.socket} and has the map {files.map}")]
    cure = "Put in what `bluegreen router init haproxy` prints, and reload HAProxy."
    for component in _receiving(app):
        for color in Color:
            name = haproxy_backend(app.app, color, component.name)
            if name not in rows:
                found.append(Sight("wrong", f"it has no backend {name}", cure))
            elif len(rows[name].servers) < component.instances:
                what = f"its backend {name} has {len(rows[name].servers)} servers for {component.instances} instances"
                found.append(Sight("wrong", what, cure))
    return found
