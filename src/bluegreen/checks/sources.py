"""Evidence after the switch: a source reads one guard's evidence again and again, while the release is watched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from bluegreen.core.evidence import Reading
from bluegreen.core.spec import CommandGuard, HttpProbe, JsonValue, Prometheus

Asked = HttpProbe | CommandGuard | Prometheus | JsonValue


@dataclass(frozen=True)
class Watched:
    """What is watched, and how to reach it."""

    instances: Mapping[str, Sequence[str]]
    """``host:port`` of each instance of the watched environment, by path prefix that its component receives."""
    host: str | None
    """The Host header that users send, where the file names hosts."""
    folder: str
    """The release's folder: where commands run."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment of commands. Holds secrets: never in a reading."""
    secrets: tuple[str, ...] = ()
    """Values that are replaced by ``***`` in what is said."""


G = TypeVar("G", bound=Asked, contravariant=True)


class Source(Protocol[G]):
    """Reads evidence of one kind of guard. It keeps no connection longer than one reading."""

    async def read(self, guard: G, watched: Watched) -> Reading:
        """One reading, within ``guard.within`` seconds. Never raises for what it asks: what cannot be had (no answer,
        an empty result, NaN, a hanging command) is a `Reading` with neither value nor verdict, and why. Cancelling it
        ends everything that it started."""
        ...

    async def before(self, guard: G, watched: Watched, seconds: float) -> Sequence[float]:
        """What the source remembers of the last ``seconds``, oldest first; empty when it remembers nothing.

        Raises:
            TemporaryError: it does not answer, or refuses the question (why).
        """
        ...
