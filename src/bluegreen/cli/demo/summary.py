"""What a demo has shown, in figures: a row for each deployment, and what the load saw by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bluegreen.cli.load import Result
from bluegreen.client import Json

COLUMNS = ("#", "what", "in", "result", "blue", "green", "failed", "switch", "late", "streams cut")
LEGEND = (
    "blue, green: requests that each environment answered during the deployment, those of the checks included",
    "switch: from the decision to the confirmed route;  late: requests to the old environment after that",
    "streams cut: when the old environment was stopped, after `drain`;  –: nothing to count, or not known (yet)",
)


@dataclass(frozen=True)
class Step:
    """One deployment of the tour: what it was in a few words, and how the API describes it."""

    what: str
    deployment: Json


@dataclass(frozen=True)
class Killed:
    """The end of a controller in the middle of a deployment."""

    pid: int
    phase: str
    away_seconds: float
    """How long there was none."""
    requests: int
    """What the load got answered meanwhile."""


@dataclass(frozen=True)
class Summary:
    steps: Sequence[Step]
    load: Result
    unseen: Sequence[str]
    """Releases that no user may have seen."""
    worker: dict[str, int]
    killed: Killed
    rollback_seconds: Sequence[float]
    """Of each instant rollback: the whole request to the controller, with the route confirmed."""

    @property
    def streams_cut(self) -> int:
        """By the receipts. Not known means here: the environment was not stopped."""
        return sum(step.deployment["receipt"]["streams_cut"] or 0 for step in self.steps)

    def problems(self) -> Iterator[str]:
        """What went otherwise than promised."""
        if self.load.failed:
            yield f"{self.load.failed} requests of the load failed: " + "; ".join(
                f"{f.kind} at {f.at:.3f} s, {f.request}: {f.detail}" for f in self.load.failures
            )
        seen = {served.release for served in self.load.served} & set(self.unseen)
        if seen:
            yield f"users were served by {', '.join(sorted(seen))}"
        for stream in self.load.streams:
            if stream.gaps or stream.refused:
                yield f"{stream.path}: {stream.gaps} messages lost, {stream.refused} times not opened"
        if self.load.cuts != self.streams_cut:
            yield f"the load saw {self.load.cuts} streams cut, and the receipts say {self.streams_cut}"
        if self.worker["overlaps"]:
            yield f"the worker ran twice at once ({self.worker['overlaps']} times)"

    def in_words(self) -> Iterator[str]:
        """What the load says by itself, and whether it is what was promised."""
        load, served = self.load, ", ".join(f"{s.release} {s.requests:,} ({s.color})" for s in self.load.served)
        slowest = ", ".join(f"{name} {load.latency[name] * 1000:.1f} ms" for name in ("p50", "p99", "max"))
        yield f"The load: {load.requests:,} requests in {load.seconds:.0f} s, {load.failed} failed ({slowest})."
        yield f"They were answered by {served}, and never by {' or '.join(self.unseen)}."
        yield f"It saw {load.cuts} streams cut, and the receipts count {self.streams_cut}."
        yield f"The worker was started {self.worker['starts']} times, and never ran twice at once."
        problems = list(self.problems())
        yield "No user noticed anything." if not problems else "NOT AS PROMISED:"
        yield from (f"  {problem}" for problem in problems)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The table of receipts, in the order of `COLUMNS`."""
        for step in self.steps:
            yield _row(step)

    def to_json(self) -> dict[str, Any]:
        kept = ("number", "release", "kind", "color", "instant", "result", "reason", "receipt")
        return {
            "deployments": [{"what": step.what, **{key: step.deployment[key] for key in kept}} for step in self.steps],
            "load": self.load.to_json(),
            "streams_cut": {"load": self.load.cuts, "receipts": self.streams_cut},
            "worker": self.worker,
            "killed": asdict(self.killed),
            "rollback_seconds": [round(seconds, 4) for seconds in self.rollback_seconds],
            "problems": list(self.problems()),
        }


def _row(step: Step) -> tuple[str, ...]:
    deployment, receipt = step.deployment, step.deployment["receipt"]
    requests, failed = receipt["requests"], receipt["failed"].values()
    switch = receipt["switch_seconds"]
    return (
        str(deployment["number"]),
        step.what,
        deployment["color"],
        deployment["result"],
        _count(requests["blue"]),
        _count(requests["green"]),
        _count(None if None in failed else sum(failed)),
        "–" if switch is None else f"{switch * 1000:.1f} ms",
        _count(receipt["after_confirmed"]),
        _count(receipt["streams_cut"]),
    )


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"
