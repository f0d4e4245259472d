"""What the load client reports. Times are seconds since the load began, where nothing else is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Failure:
    """One failed request; `bluegreen.cli.load.answer.Broken` lists the kinds."""

    kind: str
    at: float
    request: str
    detail: str


@dataclass(frozen=True)
class Served:
    """Requests that one release answered; ``first`` and ``last`` are when these were sent."""

    release: str
    color: str
    requests: int
    first: float
    last: float
    latency: Mapping[str, float]
    """Percentiles as in `Result`, of these requests."""


@dataclass(frozen=True)
class Transition:
    """A request that was answered by another release or colour than the one sent before it."""

    at: float
    release: str
    color: str


@dataclass(frozen=True)
class StreamResult:
    """What one watched stream saw. A stream that is cut is opened again, and counted."""

    path: str
    opened: int
    messages: int
    gaps: int
    """Messages that did not carry the number after the one before."""
    cuts: int
    """How often the server, or something on the way, ended it."""
    refused: int
    """How often it could not be opened."""
    longest: float
    """Seconds for which one connection lasted at most."""
    served: tuple[str, ...]
    """Releases that it was opened on, in that order."""
    examples: tuple[str, ...]
    """The first things that went wrong."""


@dataclass(frozen=True)
class Result:
    """Everything that a load saw."""

    url: str
    started: float
    """When it began, in seconds since 1970."""
    seconds: float
    requests: int
    failed: int
    connections: int
    """How many were opened for requests."""
    kinds: Mapping[str, int]
    failures: tuple[Failure, ...]
    """The first ones of each kind."""
    latency: Mapping[str, float]
    """Percentiles in seconds from the scheduled time to the end of the answer: p50, p90, p95, p99, p999, max."""
    served: tuple[Served, ...]
    transitions: tuple[Transition, ...]
    streams: tuple[StreamResult, ...]

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds if self.seconds else 0.0

    @property
    def cuts(self) -> int:
        return sum(stream.cuts for stream in self.streams)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Result:
        parts = {
            "failures": tuple(Failure(**each) for each in value["failures"]),
            "served": tuple(Served(**each) for each in value["served"]),
            "transitions": tuple(Transition(**each) for each in value["transitions"]),
            "streams": tuple(
                StreamResult(**{**each, "served": tuple(each["served"]), "examples": tuple(each["examples"])})
                for each in value["streams"]
            ),
        }
        return cls(**{**value, **parts})

    def describe(self) -> str:
        """A few lines for people."""
        latency = ", ".join(f"{name} {seconds * 1000:.1f} ms" for name, seconds in self.latency.items())
        lines = [
            f"{self.requests} requests in {self.seconds:.1f} s ({self.rate:.0f}/s), {self.failed} failed",
            f"latency: {latency}",
            *(f"{s.release} {s.color}: {s.requests} ({s.first:.3f} s to {s.last:.3f} s)" for s in self.served),
            *(f"{f.kind} at {f.at:.3f} s: {f.request}: {f.detail}" for f in self.failures),
            *(f"{s.path}: {s.messages} messages, {s.gaps} gaps, {s.cuts} cuts" for s in self.streams),
        ]
        return "\n".join(lines)
