"""Whether the evidence is there at all. Missing evidence is never healthy."""

from __future__ import annotations

from typing import NamedTuple

LATEST = 5.0
"""Seconds without evidence after which nothing is known of now."""
LEAST = 0.9
"""The part of a stage's seconds that evidence must be there for."""
QUIET = 20.0
"""How many times the mean gap between requests may pass without one before it is said that there are none."""


class Presence(NamedTuple):
    """For how much of a stage there was evidence, in seconds."""

    elapsed: float = 0.0
    present: float = 0.0
    silent: float = 0.0
    """Since there was evidence."""
    quiet: float = 0.0
    """Since there was a request."""
    why: str = ""
    """Why evidence was missing last."""

    def take(self, span: float, why: str | None, requests: int) -> Presence:
        """After so many seconds more. ``why`` evidence is missing; None: it is there, with so many requests."""
        if why is not None:
            return Presence(
                self.elapsed + span, self.present, self.silent + span, self.quiet + span, why or "nothing was said"
            )
        quiet = 0.0 if requests else self.quiet + span
        return Presence(self.elapsed + span, self.present + span, 0.0, quiet, self.why)

    @property
    def suffices(self) -> bool:
        return self.present > 0.0 and self.silent <= LATEST and self.present >= LEAST * self.elapsed

    def has_traffic(self, requests: int, latest: float = LATEST) -> bool:
        """Whether requests still come, as often as they have: so many since the stage began.

        ``latest``: seconds without one that mean nothing, however many there are else.
        """
        return requests > 0 and self.quiet <= latest + QUIET * self.elapsed / requests

    def doubt(self) -> str:
        """Why the evidence does not suffice, as a sentence; there must be a reason."""
        if self.elapsed == 0.0:
            return "nothing was observed yet"
        if self.silent > LATEST or self.present == 0.0:
            return f"nothing was heard of it for {self.silent:.0f} s: {self.why}"
        return f"evidence was there for {self.present / self.elapsed * 100:.0f} % of the time only: {self.why}"


NONE_YET = Presence()
