"""The file that nginx includes for one application: upstreams, the map that chooses one, and what is read back."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bluegreen.core.model import Color, Route
from bluegreen.routers.base import Backend, Routing

STATUS_PATH = "/.bluegreen/route"
FIRST = "# bluegreen "

UPSTREAM_IDLE = "1500ms"
"""How long an unused connection to an instance is kept: shorter than any usual server's keep-alive."""

_PLAIN = re.compile(rb"[A-Za-z0-9/_-]")


@dataclass(frozen=True)
class Facts:
    """What a file, or a worker that has read it, tells."""

    app: str
    route: Route | None
    version: str
    """Of the whole file: equal content has an equal version."""


@dataclass(frozen=True)
class Include:
    """The whole content of the file, and what it tells."""

    facts: Facts
    data: bytes


def variable(app: str) -> str:
    """The name, without ``$``, of the variable that holds the upstream for a request."""
    return "bluegreen_" + _word(app)


def host(app: str) -> str:
    """The host name under which the application's status is asked for."""
    return f"{app}.bluegreen"


def render(app: str, routing: Routing | None, route: Route | None, status: str) -> Include:
    """The file for this route. Without one, or without a routing, everybody is answered 503.

    ``status`` is the address at which the workers tell. Only what the route names is in it, so that nothing but a
    switch, or another address of what has users, makes nginx read it again.
    """
    routed = route if routing is not None else None
    body = "\n".join((*_upstreams(app, routing, routed, status), *_maps(app, routing, routed)))
    version = hashlib.sha256(f"{_json(_fields(app, route))}\n{status}\n{body}".encode()).hexdigest()[:16]
    told = _json({**_fields(app, route), "version": version})
    text = (
        f"{FIRST}{told}\n# Written by bluegreen: what is changed here is lost.\n\n{body}\n{_server(app, told, status)}"
    )
    return Include(Facts(app, route, version), text.encode())


def read_facts(text: bytes | str) -> Facts:
    """What a worker told, or (behind `FIRST`) a file. Raises ValueError when it is nothing of the kind."""
    try:
        fields = json.loads(text)
        told = fields["route"]
        shares = {Color(color): int(share) for color, share in told["shares"].items()} if told else {}
        route = Route(int(told["epoch"]), shares) if told else None
        return Facts(str(fields["app"]), route, str(fields["version"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a status of bluegreen: {error}") from error


def facts_of_file(data: bytes) -> Facts | None:
    """What a file tells in its first line; None when it was not written by bluegreen."""
    first = data.partition(b"\n")[0]
    if not first.startswith(FIRST.encode()):
        return None
    try:
        return read_facts(first[len(FIRST) :])
    except ValueError:
        return None


def _fields(app: str, route: Route | None) -> dict[str, Any]:
    told = {"epoch": route.epoch, "shares": {c.value: s for c, s in sorted(route.shares.items())}} if route else None
    return {"app": app, "route": told}


def _upstreams(app: str, routing: Routing | None, route: Route | None, status: str) -> Iterator[str]:
    backends = {backend.name: backend for backend in routing.backends} if routing else {}
    for name in sorted({name for prefixes in _taking(routing, route).values() for name in prefixes.values()}):
        yield from _upstream(backends[name])
    yield f"upstream {_nobody(app)} {{\n    server {status};\n}}"


def _upstream(backend: Backend) -> Iterator[str]:
    yield f"upstream {upstream_name(backend.name)} {{"
    yield from (f"    server {endpoint};" for endpoint in backend.endpoints)
    yield f"    keepalive 64;\n    keepalive_timeout {UPSTREAM_IDLE};\n}}"


def _maps(app: str, routing: Routing | None, route: Route | None) -> Iterator[str]:
    name, taking = variable(app), _taking(routing, route)
    yield from _split(name, {color: route.share(color) for color in taking} if route else {})
    yield f'map "${name}_color:$uri" ${name} {{\n    default {_nobody(app)};'
    for color, prefixes in taking.items():
        # nginx takes the first expression that fits.
        for prefix in sorted(prefixes, key=lambda each: (-len(each), each)):
            yield f'    "~^{color}:{_below(prefix)}" {upstream_name(prefixes[prefix])};'
    yield "}"
    yield f'map ${name}_color ${name}_release {{\n    default "";'
    for color in taking:
        yield f"    {color} r{next(b.release for b in routing.backends if b.color is color)};" if routing else ""
    yield f'}}\nmap $http_upgrade ${name}_connection {{\n    default upgrade;\n    "" "";\n}}'


def _split(name: str, shares: Mapping[Color, int]) -> Iterator[str]:
    """The colour for a request, by a draw for each: ``$request_id`` is random."""
    colors = sorted(shares)
    yield f'split_clients "$request_id" ${name}_color {{'
    yield from (f"    {shares[color]}% {color};" for color in colors[:-1])
    yield f"    * {colors[-1] if colors else 'nobody'};\n}}"


def _taking(routing: Routing | None, route: Route | None) -> dict[Color, Mapping[str, str]]:
    """Path prefixes and their backends, of each environment that the route names."""
    if routing is None or route is None:
        return {}
    colors = sorted(color for color, share in route.shares.items() if share > 0 and color in routing.paths)
    return {color: routing.paths[color].prefixes for color in colors}


def _server(app: str, told: str, status: str) -> str:
    return (
        f"server {{\n    listen {status};\n    server_name {host(app)};\n    access_log off;\n"
        f"    location / {{\n        return 503;\n    }}\n    location = {STATUS_PATH} {{\n"
        f"        default_type application/json;\n        return 200 '{told}';\n    }}\n}}\n"
    )


def upstream_name(backend: str) -> str:
    """The backend's name as nginx has it."""
    return "bluegreen_" + _word(backend)


def _nobody(app: str) -> str:
    return f"{variable(app)}_nobody"


def _below(prefix: str) -> str:
    """A regular expression for a path below the prefix, in whole segments."""
    if prefix == "/":
        return "/"
    plain = (chr(byte) if _PLAIN.match(bytes([byte])) else f"\\x{byte:02x}" for byte in prefix.encode())
    return "".join(plain) + "(/|$)"


def _word(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", name)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
