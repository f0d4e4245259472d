"""What the tour of the assistant has shown, in figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bluegreen.cli.demo.ai.customers import Chats
from bluegreen.cli.demo.step import Step
from bluegreen.cli.demo.taken_back import TakenBack
from bluegreen.cli.load import Result


@dataclass(frozen=True)
class Layer:
    """The model server at one moment."""

    pid: int
    restarts: int


@dataclass(frozen=True)
class AiSummary:
    steps: Sequence[Step]
    load: Result
    unseen: str
    """The release that no user may have seen."""
    taken_back: Sequence[TakenBack]
    chats: Chats
    layers: Sequence[Layer]
    """The model server after each step."""

    def problems(self) -> Iterator[str]:
        """What went otherwise than promised."""
        load = self.load
        if load.failed:
            examples = "; ".join(f"{f.kind} at {f.at:.3f} s, {f.request}: {f.detail}" for f in load.failures)
            yield f"{load.failed} requests of the load failed: {examples}"
        if self.chats.failed:
            yield f"{self.chats.failed} chats of customers failed, the first with {self.chats.failure}"
        for step in self.steps:
            failed = sum(count or 0 for count in step.deployment["receipt"]["failed"].values())
            if failed:
                yield f"the proxy counted {failed} failed requests during deployment {step.deployment['number']}"
        if self._seen:
            yield f"{self._seen} requests were answered by {self.unseen}"
        for each in self.taken_back:
            deployment = next(s.deployment for s in self.steps if s.deployment["release"] == each.release)
            if deployment["result"] != "rolled back":
                yield f"{each.release} ended as {deployment['result']}, not as rolled back: {deployment['reason']}"
        if len(set(self.layers)) != 1:
            told = ", ".join(f"pid {layer.pid} with {layer.restarts} restarts" for layer in self.layers)
            yield f"the model server did not go on: {told}"

    def in_words(self) -> Iterator[str]:
        """What users saw, and whether it is what was promised."""
        load, chats = self.load, self.chats
        latency = ", ".join(f"{name} {load.latency[name] * 1000:.0f} ms" for name in ("p50", "p99", "max"))
        served = ", ".join(f"{each.release} {each.requests:,}" for each in load.served)
        yield f"The load's own count: {load.requests:,} questions, {load.failed:,} failed. Latency: {latency}."
        yield f"Answered by {served}; by {self.unseen}: {self._seen:,}."
        yield f"Customers: {chats.asked:,} chats, {chats.pleased:,} thumbs-up, {chats.failed:,} failed."
        for each in self.taken_back:
            yield from each.in_words(load)
        pids = ", ".join(sorted({f"pid {layer.pid}" for layer in self.layers}))
        restarts = max(layer.restarts for layer in self.layers)
        yield f"The model server, from the first step on: {pids}, {restarts} restarts."
        problems = list(self.problems())
        yield ""
        yield "NOT AS PROMISED:" if problems else "As promised: not one request failed."
        yield from (f"  {problem}" for problem in problems)

    @property
    def _seen(self) -> int:
        return sum(served.requests for served in self.load.served if served.release == self.unseen)

    def to_json(self) -> dict[str, Any]:
        kept = ("number", "release", "kind", "color", "result", "reason", "receipt")
        return {
            "deployments": [{"what": step.what, **{key: step.deployment[key] for key in kept}} for step in self.steps],
            "load": self.load.to_json(),
            "chats": asdict(self.chats),
            "layers": [asdict(layer) for layer in self.layers],
            "taken_back": [each.to_json(self.load) for each in self.taken_back],
            "problems": list(self.problems()),
        }
