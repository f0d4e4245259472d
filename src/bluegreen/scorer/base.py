"""What scores a sample of live answers, off users' path: its counts are evidence, and it decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Rule:
    """One rule that answers are scored by."""

    key: str
    """A digest of all below: equal keys are equal rules, whatever release has them."""
    kind: str
    """As `core.answer_specs.OutputRule`, and ``ttft``, ``gap``, ``rate`` and ``broken`` of streams."""
    value: Any = None
    """What the rule is about, as JSON: a pattern, a whole schema."""
    paths: tuple[str, ...] = ("/",)
    """Path prefixes, in whole segments: answers of others are not scored."""


@dataclass(frozen=True)
class Wanted:
    """What is to be scored of one application."""

    rules: tuple[Rule, ...]
    redact: tuple[str, ...] = ()
    """Regular expressions, and JSONPaths, of what evidence may not hold."""


@dataclass(frozen=True)
class Tally:
    """How many answers of one backend were scored by one rule; only ever grows."""

    scored: int = 0
    bad: int = 0
    values: Mapping[float, int] = field(default_factory=dict)
    """Of what is measured: counts by upper bound, not cumulative; bounds are powers of 1.1."""

    def plus(self, other: Tally) -> Tally:
        values = dict(self.values)
        for upper, count in other.values.items():
            values[upper] = values.get(upper, 0) + count
        return Tally(self.scored + other.scored, self.bad + other.bad, values)

    def since(self, before: Tally) -> Tally:
        """What came after ``before``; nothing where counting began anew."""
        values = {upper: count - before.values.get(upper, 0) for upper, count in self.values.items()}
        grown = {upper: count for upper, count in values.items() if count > 0}
        return Tally(max(0, self.scored - before.scored), max(0, self.bad - before.bad), grown)


NOTHING_SCORED = Tally()


@dataclass(frozen=True)
class Shown:
    """How many sampled answers of one application came to the scorer; only ever grows."""

    seen: int = 0
    dropped: int = 0
    """Of those, the ones that it had no room for: left out of every count, and not by chance."""

    def plus(self, other: Shown) -> Shown:
        return Shown(self.seen + other.seen, self.dropped + other.dropped)


Tallies = Mapping[str, Mapping[str, Tally]]
"""By backend name (as in `routers.base.Backend`), and by the rule's key."""


class Scorer(Protocol):
    """Scores what the router samples."""

    on_change: Callable[[], None]
    """Called when it becomes able to score, or no longer is."""

    def want(self, wanted: Mapping[str, Wanted]) -> None:
        """Score by these rules from now on, by application. With none, nothing runs."""
        ...

    def tallies(self) -> Tallies:
        """What has been scored since the controller started, as far as it is known now."""
        ...

    def shown(self) -> Mapping[str, Shown]:
        """How many samples of each application came since the controller started, as far as it is known now."""
        ...

    @property
    def trouble(self) -> str:
        """Why nothing can be scored now; empty while it can."""
        ...

    async def evidence(self, app: str, backends: str, key: str) -> Sequence[Mapping[str, Any]]:
        """The latest bad answers by a rule of all backends whose name begins so, redacted; empty when there are none.

        Each has ``at``, ``method``, ``path``, ``status``, ``why`` and ``body``.
        """
        ...

    async def close(self) -> None:
        """End it."""
        ...
