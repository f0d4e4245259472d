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


RouterSpec = Haproxy | Commands
"""Each has a ``kind`` (the name of its back end's entry point), a ``title``, ``abilities`` and a ``place``."""

ENVOY = Abilities()
"""bluegreen's own Envoy."""


def abilities_of(router: RouterSpec | None) -> Abilities:
    """What the router of an application is able to do; None: our Envoy."""
    return ENVOY if router is None else router.abilities


def title_of(router: RouterSpec | None) -> str:
    """What people call the router of an application."""
    return "Envoy" if router is None else router.title
