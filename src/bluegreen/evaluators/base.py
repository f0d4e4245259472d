"""What says how good one answer is: an evaluator scores an answer; what follows from scores, `core` decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


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
