"""What ``verify`` may ask of the idle environment before any user is led there. Times are in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


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


Check = HttpCheck | CommandCheck
