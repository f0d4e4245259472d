"""What says how good one answer is: an evaluator scores an answer; what follows from scores, `core` decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bluegreen.core.measures import Measure


@dataclass(frozen=True)
class Exchange:
    """One request and what was answered."""

    method: str
    path: str
    request: bytes
    status: int
    headers: Mapping[str, str]
    """Of the answer, names in lower case."""
    body: bytes
    """Of the answer, whole unless ``cut``."""
    text: str
    """What the answer says: a chat completion's content (streamed pieces put together), else the body as text."""
    json: Any = None
    """The body as JSON; None when it is none."""
    cut: bool = False
    """The body is longer than what was kept of it."""


@dataclass(frozen=True)
class Score:
    """``value`` None: it could not be told, and ``why`` says why. That is never a pass."""

    value: float | None
    """From 0 (bad) to 1 (good)."""
    why: str = ""
    """One sentence for people, without what was asked or answered beyond a few words."""
    evidence: Mapping[str, Any] = field(default_factory=dict)


class Evaluator(Protocol):
    """Scores answers by one measure. Made once for a check or guard; pure unless it says otherwise."""

    name: str

    async def score(self, exchange: Exchange, expected: Any) -> Score:
        """Score one answer against what was expected of it. Never raises for what the answer is."""
        ...


@dataclass(frozen=True)
class Setting:
    """What an evaluator may use besides the answer."""

    folder: str
    """The release's folder: files that options name lie in it, commands run in it."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment of commands, and where keys of other services are looked up. Holds secrets: never in a score."""
    secrets: tuple[str, ...] = ()
    """Values that are replaced by ``***`` in what is said."""


class Unusable(Exception):
    """An evaluator cannot be made (a file or an extra is missing, say), and why, in words for people."""


Factory = Callable[[Measure, Setting], Evaluator]
"""What an entry point of the group ``bluegreen.evaluators`` names, unless it is a plain function. Raises Unusable."""


def scored(right: bool, why: str = "") -> Score:
    """The score of what is right or wrong, and nothing between; ``why`` it is wrong."""
    return Score(1.0) if right else Score(0.0, why)


def untold(why: str) -> Score:
    """Nothing can be told, and why."""
    return Score(None, why)
