"""What the tour of the shop has shown, in figures: a row for each deployment, and what the load saw by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bluegreen.cli.demo.killed import Killed
from bluegreen.cli.demo.step import Step
from bluegreen.cli.demo.taken_back import TakenBack
from bluegreen.cli.load import Result
from bluegreen.cli.load.result import Served


@dataclass(frozen=True)
class Summary:
    steps: Sequence[Step]
    load: Result
    unseen: Sequence[str]
    """Releases that no user may have seen."""
    taken_back: TakenBack
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
        load = self.load
        if load.failed:
            examples = "; ".join(f"{f.kind} at {f.at:.3f} s, {f.request}: {f.detail}" for f in load.failures)
            yield f"{load.failed} requests of the load failed: {examples}"
        for step in self.steps:
            failed = sum(count or 0 for count in step.deployment["receipt"]["failed"].values())
            if failed:
                yield f"the proxy counted {failed} failed requests during deployment {step.deployment['number']}"
        if self._seen:
            yield f"{self._seen} requests were answered by {' or '.join(self.unseen)}"
        yield from self.taken_back.problems(self.steps, load)
        for stream in load.streams:
            if stream.gaps or stream.refused:
                yield f"{stream.path}: {stream.gaps} messages missing, {stream.refused} times not opened"
        if load.cuts != self.streams_cut:
            yield f"{load.cuts} streams were cut by the load's count, {self.streams_cut} by the receipts'"
        if self.worker["overlaps"]:
            yield f"the worker found another one running {self.worker['overlaps']} times"

    def in_words(self) -> Iterator[str]:
        """What the load says by itself, and whether it is what was promised."""
        load = self.load
        latency = ", ".join(f"{name} {load.latency[name] * 1000:.1f} ms" for name in ("p50", "p99", "max"))
        served = ", ".join(_answered(s) for s in load.served if s.release not in self.unseen)
        yield f"The load's own count: {load.requests:,} requests, {load.failed:,} failed."
        yield f"Latency of all of them: {latency}."
        yield f"Answered by {served}; by {' or '.join(self.unseen)}: {self._seen:,}."
        yield from self.taken_back.in_words(load)
        yield f"Streams cut, after `drain`: {load.cuts} by the load's count, {self.streams_cut} by the receipts'."
        killed = self.killed
        yield f"Answered in the {killed.away_seconds:.1f} s without a controller: {killed.requests:,} requests."
        yield f"Starts of the worker: {self.worker['starts']}, two at once: {self.worker['overlaps']}."
        problems = list(self.problems())
        yield ""
        yield "NOT AS PROMISED:" if problems else "As promised: not one request failed."
        yield from (f"  {problem}" for problem in problems)

    @property
    def _seen(self) -> int:
        """Requests that a release answered which no user may have seen."""
        return sum(served.requests for served in self.load.served if served.release in self.unseen)

    def to_json(self) -> dict[str, Any]:
        kept = ("number", "release", "kind", "color", "instant", "result", "reason", "receipt")
        return {
            "deployments": [{"what": step.what, **{key: step.deployment[key] for key in kept}} for step in self.steps],
            "load": self.load.to_json(),
            "streams_cut": {"load": self.load.cuts, "receipts": self.streams_cut},
            "worker": self.worker,
            "killed": asdict(self.killed),
            "taken_back": self.taken_back.to_json(self.load),
            "rollback_seconds": [round(seconds, 4) for seconds in self.rollback_seconds],
            "problems": list(self.problems()),
        }


def _answered(served: Served) -> str:
    return f"{served.release} {served.requests:,} (p99 {served.latency['p99'] * 1000:.1f} ms)"
