"""What moves users, where that is not bluegreen's own Envoy: the settings of each kind, and what it is able to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Abilities:
    """What a router can do, so that a file that asks for more is refused before anything starts."""

    weighted: bool = True
    """Send a share of users to each environment."""
    preview: bool = True
    internals: bool = True
    failover: bool = True
    sticky: bool = True
    pinned: bool = True
    """Follow requests that name a release (skew protection)."""
    preview_key: bool = True
    measure: bool = True
    """Count users' requests, and how many of them failed."""
    times: bool = True
    """Tell how long answers took."""
    mirror: bool = True
    sample: bool = True
    tls: bool = True
    """Serve HTTPS with the certificate that the file names."""


USERS_ONLY = Abilities(
    weighted=False,
    preview=False,
    internals=False,
    failover=False,
    sticky=False,
    pinned=False,
    preview_key=False,
    measure=False,
    times=False,
    mirror=False,
    sample=False,
    tls=False,
)
"""Moves all users at once, and nothing else: what every router can."""


@dataclass(frozen=True)
class Haproxy:
    """The user's HAProxy, told through its stats socket. Paths are absolute, on the controller's machine."""

    socket: str = "/run/haproxy/admin.sock"
    folder: str = "/etc/haproxy/bluegreen"
    """Where the files are that its configuration names and bluegreen writes: the map of routes, the servers' state."""
    kind: Literal["haproxy"] = "haproxy"

    @property
    def title(self) -> str:
        """What people call it."""
        return "HAProxy"

    @property
    def abilities(self) -> Abilities:
        return replace(USERS_ONLY, weighted=True, measure=True)

    @property
    def place(self) -> tuple[str, ...]:
        """What users would notice a change of."""
        return self.kind, self.socket, self.folder


@dataclass(frozen=True)
class Commands:
    """Three commands, for whatever else moves users. Each is run by a shell, on the controller's machine."""

    set: str
    get: str
    drain: str
    weighted: bool = False
    """Whether ``set`` can give each environment a share of users."""
    within: float = 30.0
    """Seconds that each of them may take."""
    folder: str = "/"
    """Where they are run: the folder of the file, where there is one."""
    kind: Literal["command"] = "command"

    @property
    def title(self) -> str:
        return "the `command` router"

    @property
    def abilities(self) -> Abilities:
        return replace(USERS_ONLY, weighted=self.weighted)

    @property
    def place(self) -> tuple[str, ...]:
        return (self.kind,)


@dataclass(frozen=True)
class Nginx:
    """The user's nginx, which includes ``FOLDER/*.conf`` inside ``http``. Paths are on the controller's machine."""

    config: str = "/etc/nginx/nginx.conf"
    """Its main configuration file, which is tested before each reload."""
    pid: str = "/run/nginx.pid"
    """The file with the pid of its master process."""
    program: str = "nginx"
    """How it is run to test its configuration: a shell's words, such as ``sudo -n nginx``."""
    status: str = "127.0.0.1:9189"
    """``host:port`` on loopback at which its workers tell which route they follow."""
    folder: str = "/etc/nginx/bluegreen"
    """Where the files are that its configuration includes and bluegreen writes."""
    kind: Literal["nginx"] = "nginx"

    @property
    def title(self) -> str:
        """What people call it."""
        return "nginx"

    @property
    def abilities(self) -> Abilities:
        return replace(USERS_ONLY, weighted=True)

    @property
    def place(self) -> tuple[str, ...]:
        """What users would notice a change of."""
        return self.kind, self.config, self.folder


@dataclass(frozen=True)
class Dns:
    """The user's DNS: a name that leads to the address of the live environment, changed by signed updates."""

    name: str
    """Without a dot at its end, such as ``shop.example.com``; ``{app}`` in it is the application's name."""
    zone: str
    servers: tuple[str, ...]
    """Every authoritative server, ``address`` or ``address:port``: the primary, which takes updates, first."""
    key: str
    """The file with the TSIG key that updates are signed with."""
    blue: tuple[str, ...]
    """IP addresses at which the blue environment is reached."""
    green: tuple[str, ...]
    ttl: int = 30
    """Seconds that resolvers may keep an answer."""
    kind: Literal["dns"] = "dns"

    @property
    def title(self) -> str:
        """What people call it."""
        return "DNS"

    @property
    def abilities(self) -> Abilities:
        """Users are counted where the name leads them: each environment has a public address at our Envoy."""
        return replace(USERS_ONLY, measure=True, times=True, tls=True)

    @property
    def place(self) -> tuple[str, ...]:
        """What users would notice a change of."""
        return self.kind, self.name

    @property
    def marker(self) -> str:
        """The name of the record that holds the route, beside the addresses."""
        return f"_bluegreen.{self.name}"

    def of(self, app: str) -> Dns:
        """The same, for one application."""
        return replace(self, name=self.name.replace("{app}", app))

    def addresses(self, color: str) -> tuple[str, ...]:
        """Where an environment is reached."""
        return self.blue if color == "blue" else self.green


RouterSpec = Haproxy | Commands | Nginx | Dns
"""Each has a ``kind`` (the name of its back end's entry point), a ``title``, ``abilities`` and a ``place``."""

ENVOY = Abilities()
"""bluegreen's own Envoy."""


def abilities_of(router: RouterSpec | None) -> Abilities:
    """What the router of an application is able to do; None: our Envoy."""
    return ENVOY if router is None else router.abilities


def title_of(router: RouterSpec | None) -> str:
    """What people call the router of an application."""
    return "Envoy" if router is None else router.title
