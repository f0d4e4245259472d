"""What a user asked for, as plain frozen values: the meaning of ``bluegreen.yaml`` after validation.

`bluegreen.config` reads the file into these; everything below it sees only these. Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bluegreen.core.answer_specs import ONE_IN_TEN
from bluegreen.core.answer_specs import AnswerGuard as AnswerGuard
from bluegreen.core.answer_specs import Outputs as Outputs
from bluegreen.core.answer_specs import Samples as Samples
from bluegreen.core.answer_specs import Streaming as Streaming
from bluegreen.core.check_specs import Check as Check
from bluegreen.core.check_specs import CommandCheck as CommandCheck
from bluegreen.core.check_specs import Golden as Golden
from bluegreen.core.check_specs import HttpCheck as HttpCheck
from bluegreen.core.check_specs import ShadowCheck as ShadowCheck
from bluegreen.core.check_specs import StreamLatency as StreamLatency
from bluegreen.core.guard_specs import CommandGuard as CommandGuard
from bluegreen.core.guard_specs import ErrorRate as ErrorRate
from bluegreen.core.guard_specs import EventRatio as EventRatio
from bluegreen.core.guard_specs import Guard as Guard
from bluegreen.core.guard_specs import HttpProbe as HttpProbe
from bluegreen.core.guard_specs import JsonValue as JsonValue
from bluegreen.core.guard_specs import Latency as Latency
from bluegreen.core.guard_specs import Prometheus as Prometheus
from bluegreen.core.model_specs import Call as Call
from bluegreen.core.model_specs import Model as Model
from bluegreen.core.model_specs import ModelFile as ModelFile
from bluegreen.core.model_specs import ServedModel as ServedModel
from bluegreen.core.news import News
from bluegreen.core.router_specs import Commands as Commands
from bluegreen.core.router_specs import Dns as Dns
from bluegreen.core.router_specs import Haproxy as Haproxy
from bluegreen.core.router_specs import Nginx as Nginx
from bluegreen.core.router_specs import RouterSpec as RouterSpec
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
class Switch:
    """How the route moves: the idle environment's share after each step, in per cent, ending in 100."""

    shift: tuple[int, ...] = (100,)
    hold: float = 0.0
    """Seconds that each step lasts at least."""
    drain: float = 30.0
    sticky: bool = False
    """Whether a user stays, by a cookie, with the release that the first answer came from while the route is split."""


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
    samples: Samples = ONE_IN_TEN
    """Of which answers guards judge that score answers."""

    @property
    def of_answers(self) -> tuple[AnswerGuard, ...]:
        """The guards that judge by a sample of answers."""
        return tuple(guard for guard in self.guards if isinstance(guard, AnswerGuard))


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
    flags: str | None = None
    """The flag file's path in the artifact."""
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
    models: tuple[Model, ...] = ()
    """No two have the same name."""
    router: RouterSpec | None = None
    """What moves users; None: bluegreen's own Envoy, at ``address``."""

    @property
    def per_environment(self) -> tuple[Component, ...]:
        """The components that exist once per colour."""
        return tuple(c for c in self.components if not c.shared)

    @property
    def shared(self) -> tuple[Component, ...]:
        return tuple(c for c in self.components if c.shared)

    @property
    def served(self) -> tuple[ServedModel, ...]:
        """The models that shared components serve."""
        return tuple(m for m in self.models if isinstance(m, ServedModel))

    def component(self, name: str) -> Component:
        """The component of that name. Raises KeyError."""
        for component in self.components:
            if component.name == name:
                return component
        raise KeyError(name)
