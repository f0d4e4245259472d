"""What ``verify`` may ask of the idle environment before any user is led there. Times are in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bluegreen.core.measures import Measure


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


@dataclass(frozen=True)
class ShadowCheck:
    """Copies of users' requests are answered by both releases, and the answers compared."""

    share: float
    """Of the requests that may be copied, in per cent."""
    duration: float = 120.0
    compare: Literal["json", "text", "status"] = "json"
    """``json``: documents, and text where there is none; ``text``: the body as it is; ``status`` is always compared."""
    ignore: tuple[str, ...] = ()
    """JSONPaths of what may differ."""
    tolerance: float = 0.0
    """Numbers in JSON are equal when they differ by no more than this share of the larger one."""
    methods: tuple[str, ...] = ("GET", "HEAD", "OPTIONS")
    """Those that are safe to repeat, and what the file says may be."""
    paths: tuple[str, ...] = ("/",)
    """Prefixes in whole segments."""
    credentials: bool = False
    """Whether copies keep what says who asks."""
    without: tuple[str, ...] = ()
    """Headers that copies do not have, beside ``CREDENTIALS``; lower case."""
    within: float = 10.0
    """How long one answer may take."""
    must_find: float = 0.2
    """Allowed only when a release that has changed this share of its answers would have been found."""
    false_alarm: float = 0.01
    """Chance of blocking a release that is no different."""
    kind: Literal["shadow"] = "shadow"

    @property
    def name(self) -> str:
        return "shadow"

    @property
    def removed(self) -> tuple[str, ...]:
        """Headers that copies do not have, lower case."""
        return tuple(dict.fromkeys((*(() if self.credentials else CREDENTIALS), *self.without)))


CREDENTIALS = ("authorization", "cookie", "proxy-authorization", "x-api-key")
"""Headers that say who asks."""


@dataclass(frozen=True)
class Golden:
    """A golden set: requests whose answers are scored, and how many have to pass."""

    file: str
    """JSON Lines in the release's folder: a request, and what is expected of its answer, in each."""
    to: str | None = None
    """The path of requests that name none themselves."""
    request: Mapping[str, Any] = field(default_factory=dict)
    """JSON that every body that is an object has besides its own."""
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    """The status of every answer; None: any from 200 to 299."""
    expect: Mapping[str, Any] = field(default_factory=dict)
    """What is expected of every answer, by the name of its measure; a line may expect something else."""
    score: str | None = None
    """An expression over scores (`core.scores`) that has to hold."""
    passing: float = 1.0
    """The share of cases that have to pass."""
    measures: tuple[Measure, ...] = ()
    """What the file itself calls by a name, besides those that are built in."""
    advice: tuple[str, ...] = ()
    """Names of measures whose scores are shown and do not decide."""
    within: float = 30.0
    """For one answer."""
    all_within: float = 600.0
    at_once: int = 4
    against_live: bool = True
    """Whether the live release is asked the same, and being worse than it blocks."""
    false_alarm: float = 0.01
    """Chance of blocking, by that comparison, a release that is no worse."""
    kind: Literal["golden"] = "golden"

    @property
    def name(self) -> str:
        return f"golden {self.file}"


@dataclass(frozen=True)
class StreamLatency:
    """Streamed answers of the idle environment, and how soon and how fast they have to come. None: no limit."""

    file: str
    """As that of `Golden`; what it expects of answers does not matter here."""
    to: str | None = None
    request: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    ttft_p50: float | None = None
    """Seconds to the first token, at most: the median."""
    ttft_p95: float | None = None
    gap_p95: float | None = None
    """Seconds between one token and the next, at most."""
    tokens_per_second: float | None = None
    """After the first token, at least: the median."""
    broken: float = 0.0
    """Share of streams that may break."""
    requests: int = 20
    at_once: int = 4
    within: float = 60.0
    """For one stream, from the request to its end."""
    kind: Literal["latency"] = "latency"

    @property
    def name(self) -> str:
        return f"latency {self.file}"


Check = HttpCheck | CommandCheck | ShadowCheck | Golden | StreamLatency
