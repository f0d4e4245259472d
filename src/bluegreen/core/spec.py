"""What a user asked for, as plain frozen values: the meaning of ``bluegreen.yaml`` after validation.

`bluegreen.config` reads the file into these; everything below it sees only these. Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bluegreen.core.news import News
from bluegreen.core.windows import EVERY_HOUR, Windows


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
    cost_per_hour: float | None = None
    """What one copy of it costs, all of its instances together, in the currency of who reads it."""


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
    status_to: int | None = None
    """The highest status that is as good; None: ``status`` alone is."""
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
    """Seconds that each step lasts at least."""
    drain: float = 30.0
    sticky: bool = False
    """Whether a user stays, by a cookie, with the release that the first answer came from while the route is split."""


@dataclass(frozen=True)
class ErrorRate:
    """5xx answers, resets and time-outs among users' requests, against the release before."""

    worse_than: float = 2.0
    """How many times the rate before is tolerated; above 1."""
    kind: Literal["error_rate"] = "error_rate"

    @property
    def name(self) -> str:
        return "error_rate"


@dataclass(frozen=True)
class Latency:
    """How long users' requests take, against the release before."""

    limits: tuple[tuple[float, float], ...] = ((0.95, 1.5), (0.99, 2.0))
    """Pairs of a quantile (0.5, 0.95 or 0.99) and how many times its value before is tolerated; above 1."""
    kind: Literal["latency"] = "latency"

    @property
    def name(self) -> str:
        return "latency"


@dataclass(frozen=True)
class HttpProbe:
    """A request to each instance of the new environment, again and again."""

    path: str
    status: int = 200
    every: float = 1.0
    within: float = 2.0
    status_to: int | None = None
    """The highest status that is as good; None: ``status`` alone is."""
    kind: Literal["http"] = "http"

    @property
    def name(self) -> str:
        return f"http {self.path}"


@dataclass(frozen=True)
class CommandGuard:
    """A command that exits 0 (allow), 1 (block) or 2 (cannot tell)."""

    run: str
    every: float = 10.0
    within: float = 60.0
    kind: Literal["command"] = "command"

    @property
    def name(self) -> str:
        return f"command {self.run}"


@dataclass(frozen=True)
class Prometheus:
    """The value of a query: against what it was before (``worse_than``), or between fixed bounds.

    Exactly one of ``worse_than``, and ``at_most`` with or without ``at_least``, is set.
    """

    query: str
    at: str
    worse_than: float | None = None
    """Below 1: less than this many times the value before is worse; above 1: more than that is."""
    at_most: float | None = None
    at_least: float | None = None
    every: float = 15.0
    within: float = 5.0
    kind: Literal["prometheus"] = "prometheus"

    @property
    def name(self) -> str:
        return f"prometheus {self.query}"


@dataclass(frozen=True)
class JsonValue:
    """A number in a JSON document, between fixed bounds; at least one of them is set."""

    url: str
    path: str
    at_most: float | None = None
    at_least: float | None = None
    every: float = 5.0
    within: float = 5.0
    kind: Literal["json"] = "json"

    @property
    def name(self) -> str:
        """With the place of the document, since several may have the same path; not its query: that may be secret."""
        return f"json {self.url.partition('://')[2].partition('?')[0]} {self.path}"


@dataclass(frozen=True)
class EventRatio:
    """How many of one event there are for each event ``per``, against the release before."""

    event: str
    per: str
    worse_than: float = 0.95
    """Below 1: fewer than this many times as many as before is worse; above 1: more than that is."""
    kind: Literal["events"] = "events"

    @property
    def name(self) -> str:
        return f"events {self.event} per {self.per}"


Guard = ErrorRate | Latency | HttpProbe | CommandGuard | Prometheus | JsonValue | EventRatio


@dataclass(frozen=True)
class Watch:
    """How the new release is judged on live traffic after the switch, and between the steps of a shift."""

    duration: float = 120.0
    """Seconds of evidence after the last step; counted by the evidence itself, not by the wall clock."""
    guards: tuple[Guard, ...] = (ErrorRate(), Latency())
    """No two have the same name."""
    holdback: int = 0
    """Per cent of users that the old release keeps during the watch, as a concurrent control."""
    false_alarm: float = 0.01
    """Chance, over the whole watch, of rolling back a release that is no worse; shared out over the guards."""
    cannot_tell: Literal["extend", "hold", "block", "finish"] = "extend"
    """What a watch leads to that ends without a verdict: up to three times as long and then a person, a person at
    once, a rollback, or an end as *completed, not judged*."""
    shared_cause: Literal["hold", "roll back"] = "hold"
    """What a regression leads to when the old environment, probed, fails as well."""


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
    approve_by: Literal["anyone", "another person"] = "anyone"
    """Whether who deployed may approve it."""
    approve_within: float = 24 * 3600.0
    windows: Windows = EVERY_HOUR
    switch: Switch = Switch()
    watch: Watch | None = None
    """None: a release is not watched."""
    skew_protection: bool = False
    """Whether requests that name the old release go on reaching it while it is warm."""
    keep: float = 3600.0
    keep_releases: int = 5
    notify: Mapping[str, tuple[News, ...]] = field(default_factory=dict)
    """The kinds of news that each channel of the controller is told."""

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
