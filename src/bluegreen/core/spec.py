"""What a user asked for, as plain frozen values: the meaning of ``bluegreen.yaml`` after validation.

`bluegreen.config` reads the file into these; everything below it sees only these. Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Tls:
    """Certificate chain and private key, as absolute paths of PEM files."""

    cert: str
    key: str


@dataclass(frozen=True)
class Ready:
    """When an instance counts as ready. At most one of ``http``, ``tcp`` and ``run`` is set; none: it stays alive."""

    http: str | None = None
    tcp: bool = False
    run: str | None = None
    within: float = 30.0


@dataclass(frozen=True)
class Stop:
    """How an instance is asked to end: this signal, and KILL when it still runs after ``within``."""

    signal: str = "TERM"
    within: float = 30.0


@dataclass(frozen=True)
class Component:
    """One program of an application."""

    name: str
    run: str
    build: str | None = None
    instances: int = 1
    ready: Ready = Ready()
    receives: tuple[str, ...] = ()
    """Path prefixes whose public requests it takes, each ``/`` or ``/segment`` without a slash at its end."""
    protocol: Literal["http1", "http2"] = "http1"
    """What it speaks on its port; ``http2`` is cleartext HTTP/2 (gRPC)."""
    listens: bool = True
    """Whether it listens on ``$PORT`` at all; a worker does not."""
    env: Mapping[str, str] = field(default_factory=dict)
    env_file: str | None = None
    stop: Stop = Stop()
    active: Literal["always", "live"] = "always"
    shared: bool = False


@dataclass(frozen=True)
class HttpCheck:
    """A request to the idle environment and what must come back."""

    path: str
    method: str = "GET"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    """Response headers that must be there with exactly this value (names in any case)."""
    json: Any = None
    """A JSON value that the body must contain: objects as subsets, all else as equals. None: not looked at."""
    matches: str | None = None
    """A regular expression that must be found in the body."""
    within: float = 5.0
    times: int = 1
    """How many requests in a row must all pass."""
    kind: Literal["http"] = "http"

    @property
    def name(self) -> str:
        return f"http {self.path}"


@dataclass(frozen=True)
class CommandCheck:
    """A command that must exit 0; ``$BLUEGREEN_URL`` names the idle environment."""

    run: str
    within: float = 600.0
    kind: Literal["command"] = "command"

    @property
    def name(self) -> str:
        return self.run


Check = HttpCheck | CommandCheck


@dataclass(frozen=True)
class Switch:
    """How the route moves: the idle environment's share after each step, in per cent, ending in 100."""

    shift: tuple[int, ...] = (100,)
    hold: float = 0.0
    drain: float = 30.0


@dataclass(frozen=True)
class Hooks:
    """Commands run in the new release's folder, at least once each. A failing ``before_*`` ends the deployment."""

    before_start: str | None = None
    before_switch: str | None = None
    after_switch: str | None = None
    after_rollback: str | None = None


@dataclass(frozen=True)
class AppSpec:
    """One application, whole and consistent."""

    app: str
    address: str
    """``host:port`` where users come in."""
    components: tuple[Component, ...]
    hosts: tuple[str, ...] = ()
    """Lower-case host names (``*.`` may lead); none: every host."""
    preview: str | None = None
    tls: Tls | None = None
    hooks: Hooks = Hooks()
    failover: bool = False
    verify: tuple[Check, ...] = ()
    approve: Literal["automatic", "by hand"] = "automatic"
    approve_within: float = 24 * 3600.0
    switch: Switch = Switch()
    keep: float = 3600.0
    keep_releases: int = 5

    @property
    def per_environment(self) -> tuple[Component, ...]:
        """The components that exist once per colour."""
        return tuple(c for c in self.components if not c.shared)

    @property
    def shared(self) -> tuple[Component, ...]:
        return tuple(c for c in self.components if c.shared)

    def component(self, name: str) -> Component:
        """The component of that name. Raises KeyError."""
        for component in self.components:
            if component.name == name:
                return component
        raise KeyError(name)
