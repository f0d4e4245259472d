"""The release that the demo's watch takes back: what must come of it, and how long users were on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bluegreen.cli.demo.step import Step
from bluegreen.cli.load import Result


@dataclass(frozen=True)
class TakenBack:
    """A release that users get, and that the watch has to take back by itself."""

    release: str
    to: str
    within: float
    """Seconds of the watch."""

    def seconds(self, load: Result) -> float | None:
        """From the first request that it answered to the last one, as sent by users; None: it answered none."""
        served = [each for each in load.served if each.release == self.release]
        return max(each.last for each in served) - min(each.first for each in served) if served else None

    def problems(self, steps: Sequence[Step], load: Result) -> Iterator[str]:
        deployment = next(s.deployment for s in steps if s.deployment["release"] == self.release)
        if deployment["result"] != "rolled back":
            yield f"{self.release} ended as {deployment['result']}, not as rolled back: {deployment['reason']}"
        seconds = self.seconds(load)
        if seconds is None:
            yield f"no user was on {self.release}"
        elif seconds > self.within:
            yield f"users were on {self.release} for {seconds:.1f} s; its watch takes {self.within:g} s"
        last = max(load.served, key=lambda served: served.last).release if load.served else "nobody"
        if last != self.to:
            yield f"the last request was answered by {last}, not by {self.to}"

    def in_words(self, load: Result) -> Iterator[str]:
        if (seconds := self.seconds(load)) is not None:
            yield f"Users were on {self.release} for {seconds:.1f} s of the {self.within:g} s of its watch."

    def to_json(self, load: Result) -> dict[str, Any]:
        seconds = self.seconds(load)
        return {"release": self.release, "seconds": None if seconds is None else round(seconds, 3)}
