"""Which evaluator scores answers, under which name, and with which options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = ("exact", "matches", "number", "parses", "schema", "json", "similar", "length", "refusal")
"""Kinds of evaluators that need no options: each is there under its own name."""
ADVISORY = frozenset({"meaning"})
"""Kinds whose scores are shown and never decide."""
GRADED = frozenset({"similar", "meaning"})
"""Kinds whose scores mean nothing without a threshold: all others give 1 to what is right."""


@dataclass(frozen=True)
class Measure:
    """One evaluator as a check or a guard uses it."""

    name: str
    """What it is called in the file, in expectations and in expressions."""
    kind: str
    """Its entry point in the group ``bluegreen.evaluators``."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """JSON values; files in them lie in the release's folder."""

    @property
    def advisory(self) -> bool:
        return self.kind in ADVISORY


def built_in(name: str) -> Measure:
    """The measure that every file has under this name. Raises KeyError."""
    if name not in KINDS:
        raise KeyError(name)
    return Measure(name, name)
