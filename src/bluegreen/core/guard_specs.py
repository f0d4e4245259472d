"""What ``watch`` may judge a release by after the switch. Times are in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bluegreen.core.answer_specs import AnswerGuard


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


Guard = ErrorRate | Latency | HttpProbe | CommandGuard | Prometheus | JsonValue | EventRatio | AnswerGuard
