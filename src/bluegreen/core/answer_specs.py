"""What ``watch`` may ask of a sample of live answers. Times are in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OutputRule = Literal["parse", "schema", "matches", "lacks", "refusal", "length"]
StreamFigure = Literal["ttft_p95", "gap_p95", "tokens_per_second", "broken"]


@dataclass(frozen=True)
class Outputs:
    """How many of the sampled answers break a rule, against the release before or a fixed bound.

    Exactly one of ``worse_than`` and ``at_most`` is set.
    """

    rule: OutputRule
    value: str = ""
    """What the rule is about: ``json``, the path of a schema, a regular expression; empty where it needs nothing."""
    worse_than: float | None = 2.0
    """How many times the share before is tolerated. Of ``length``: how many times the usual length before is worse;
    below 1 shorter answers are, above 1 longer ones."""
    at_most: float | None = None
    """The share of bad answers that is tolerated, whatever there was before."""
    kind: Literal["outputs"] = "outputs"

    @property
    def name(self) -> str:
        return f"outputs {self.rule} {self.value}".rstrip()

    @property
    def is_measured(self) -> bool:
        """Whether answers are measured, and compared with what was usual before."""
        return self.rule == "length"


@dataclass(frozen=True)
class Streaming:
    """One figure of answers that are streamed (server-sent events), against the release before."""

    figure: StreamFigure
    worse_than: float
    """``ttft_p95``, ``gap_p95``: how many times the time before is tolerated. ``tokens_per_second``: how many times the
    usual rate before is worse. ``broken``: how many times the share of streams that broke off is tolerated."""
    kind: Literal["streaming"] = "streaming"

    @property
    def name(self) -> str:
        return f"streaming {self.figure}"

    @property
    def is_measured(self) -> bool:
        return self.figure != "broken"

    @property
    def is_time(self) -> bool:
        """Whether it is about the times that 95 of 100 streams stayed within, not about what is usual."""
        return self.figure in ("ttft_p95", "gap_p95")


AnswerGuard = Outputs | Streaming


@dataclass(frozen=True)
class Samples:
    """Which live answers are shown to the scorer, and what is kept of them when a guard has found them bad."""

    of: float = 10.0
    """Per cent of users' requests; the engine samples fewer where that would be more than can be scored."""
    paths: tuple[str, ...] = ("/",)
    """Path prefixes, in whole segments."""
    redact: tuple[str, ...] = ()
    """Regular expressions, and JSONPaths (they begin with ``$``), of what is not kept."""
    keep: float = 24 * 3600.0
    """For how long the evidence of an alarm is kept; 0: none is."""


ONE_IN_TEN = Samples()
