"""What moves users. A router makes routes true and reads them back; it decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from bluegreen.core.model import Color, Route, Traffic
from bluegreen.core.router_specs import Abilities as Abilities
from bluegreen.core.router_specs import RouterSpec
from bluegreen.core.spec import Tls


@dataclass(frozen=True)
class Backend:
    """The instances of one component in one run of an environment (or one copy of a shared component)."""

    name: str
    """Unique for good, such as ``shop/green/12/web``: another run gets another name."""
    endpoints: tuple[str, ...]
    """``host:port`` each, at least one."""
    color: Color | None
    """None for a shared component."""
    release: int
    protocol: Literal["http1", "http2"] = "http1"
    receives: bool = True
    """Whether it takes users' requests when its environment does."""


@dataclass(frozen=True)
class Internal:
    """A loopback listener through which components reach one another, balanced over its instances."""

    name: str
    """Such as ``shop/green/web``: stays the same over runs."""
    address: str
    backend: str | None
    """Name of the backend behind it now; None answers 503."""


@dataclass(frozen=True)
class Direct:
    """A public address of one environment: who comes there reaches it whatever the route says. DNS leads users so."""

    address: str
    color: Color


@dataclass(frozen=True)
class Paths:
    """Which backend of an environment takes which path prefix (whole segments, the longest match first)."""

    prefixes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sticky:
    """Users stay with the release that they were assigned to, by a cookie, while the route is split.

    The cookie is set only on the answer to a request that was assigned just then, and that answer may be kept by no
    cache. When the new release's share grows, so many of those who were assigned to the old one are assigned again
    that the share is what was asked for; nobody goes from the new to the old one. A route that is not split knows no
    cookie, so that it is void after a rollback.
    """

    new: Color
    values: Mapping[Color, str]
    """What the cookie says for each environment, such as ``r12.15``: release and deployment."""
    steps: tuple[int, ...]
    """The new release's share at each step of this deployment, in per cent, growing."""


@dataclass(frozen=True)
class Mirror:
    """Copies of a part of users' requests go to a collector; its answers are thrown away, and no user waits for it."""

    address: str
    """``host:port`` of the collector; nothing need listen there."""
    share: float
    """Of the requests that may be mirrored, in per cent."""
    methods: tuple[str, ...] = ("GET", "HEAD", "OPTIONS")
    paths: tuple[str, ...] = ("/",)
    """Path prefixes, in whole segments."""
    without: tuple[str, ...] = ()
    """Headers that the copies do not have, in lower case."""


@dataclass(frozen=True)
class Routing:
    """All that a router knows of one application, except the route itself."""

    app: str
    address: str | None
    """Where users come in; None: not through this router, which serves previews and internal listeners only."""
    hosts: tuple[str, ...] = ()
    tls: Tls | None = None
    backends: tuple[Backend, ...] = ()
    paths: Mapping[Color, Paths] = field(default_factory=dict)
    """For each environment that could take requests now."""
    preview_address: str | None = None
    preview: Color | None = None
    """The environment that the preview address reaches; None answers 503."""
    internals: tuple[Internal, ...] = ()
    failover: bool = False
    """Send requests to the other environment in ``paths`` when every instance of the routed one is dead."""
    preview_key: str | None = field(default=None, repr=False)
    """A secret: requests at the public address whose header ``x-bluegreen-preview`` has it reach ``preview``."""
    sticky: Sticky | None = None
    pinned: Mapping[Color, str] = field(default_factory=dict)
    """Skew protection: the name (``r11``) of the release in an environment that requests which name it go on reaching,
    by the header ``x-bluegreen-release`` or the query parameter ``bluegreen_release``, whatever the route says. Never
    a page navigation (``Sec-Fetch-Mode: navigate``)."""
    mirror: Mirror | None = None
    """Copies of users' requests for a shadow check; not of those that named an environment themselves, of upgrades or
    of streams, and only while the route leads everybody to one environment."""
    sampled: float = 0.0
    """Per cent of users' answers that are shown to the sampler, by one draw with the split of the route."""
    sampled_paths: tuple[str, ...] = ("/",)
    """Below which path prefixes, in whole segments."""
    router: RouterSpec | None = None
    """What moves users, where that is not the default router."""
    direct: tuple[Direct, ...] = ()


Times = Mapping[float, int]
"""How many answers took so long since the counters began, by the upper bound of the time in seconds (not cumulative).

Every back end chooses its own bounds, at most 10 % apart, or 1 ms where that is more. A request whose user left before
any answer began is one that took a day: nobody knows how long it would have taken, but it was too long.
"""


@dataclass(frozen=True)
class Measured:
    """What the data plane has counted of one backend, for judging."""

    traffic: Traffic
    times: Times


@dataclass(frozen=True)
class Measurement:
    """One reading of every backend of every application at one moment."""

    at: float
    """When it was read, in seconds of the monotonic clock."""
    backends: Mapping[str, Measured]
    """By backend name."""


@dataclass(frozen=True)
class Confirmation:
    """Proof that a route is in force everywhere in the router."""

    route: Route
    took: float
    """Seconds from the call of `set_route` to the confirmation."""
    traffic: Mapping[str, Traffic]
    """Counters by backend name, read at the confirmation."""


class Router(Protocol):
    """One router: it may serve several applications. It compares epochs for each, and refuses an older one.

    The default one is made as ``Class(home)``, any other as ``Class(home, spec)`` with its settings
    (`core.router_specs`), by the entry point in ``bluegreen.routers`` that has the settings' ``kind`` for a name. What
    serves users only (`Routers` in the engine keeps previews and internal listeners with the default one) is given no
    preview and no internals, and only backends that receive users' requests.
    """

    @property
    def abilities(self) -> Abilities:
        """What it can do."""
        ...

    async def start(self) -> None:
        """Find the data plane running, or start it with its last good state; take the writer's lock.

        Raises:
            PermanentError: it cannot be started (why, and its last log lines), or another writer has it.
            TemporaryError: a data plane that is not ours to start does not answer now.
        """
        ...

    async def prepare(self, routing: Routing) -> None:
        """Make everything but the route true: addresses, backends, preview, internal listeners; idempotent.

        Users' requests are not touched. Returns when nothing is warming and each backend in ``paths``, behind an
        internal listener or in preview has a healthy member. Backends that are no longer named are removed; one that
        the route names may not be left out.

        Raises:
            PermanentError: an address cannot be bound (who holds it), hosts overlap with another application's, a
                certificate does not fit its key, or the router rejected it (with its words). The last good state stays
                in force, for this application and for every other.
            TemporaryError: a backend has no healthy member yet, or the router does not answer.
        """
        ...

    async def set_route(self, app: str, route: Route, fallback: Route | None) -> Confirmation:
        """Move users in one atomic step, and read it back. Idempotent for the same route.

        ``fallback`` is the route that a rollback would need: it is laid on disk first, so that going back needs
        neither memory of us nor free disk space.

        Raises:
            StaleEpoch: the router has seen a newer epoch of this application.
            PermanentError: the route names an environment without ``paths`` or healthy members; nothing was moved.
            TemporaryError: not confirmed in time: the route may or may not be in force (read it back).
        """
        ...

    async def route(self, app: str) -> Route | None:
        """The route in force, read from the data plane itself; None when there is none.

        Raises:
            TemporaryError: the data plane does not answer: unknown.
        """
        ...

    async def traffic(self, app: str) -> Mapping[str, Traffic]:
        """Counters by backend name, read from the data plane now. Raises TemporaryError when it does not answer."""
        ...

    async def measure(self) -> Measurement:
        """The counters and times of every backend of every application in one read, made for a call each second.

        Raises:
            TemporaryError: the data plane does not answer.
        """
        ...

    async def remove(self, app: str | None) -> None:
        """Forget an application: its addresses are closed. None: shut the whole data plane down."""
        ...

    async def close(self) -> None:
        """Stop supervising; the data plane goes on."""
        ...


class StaleEpoch(Exception):
    """The router has a newer route than the one it was told: another controller is, or was, in charge."""

    def __init__(self, app: str, told: int, has: int) -> None:
        super().__init__(f"{app}: epoch {told} refused, the router has {has}")
        self.told = told
        self.has = has
