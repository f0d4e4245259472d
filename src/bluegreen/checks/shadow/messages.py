"""What the check tells the collector, and what it is told: one JSON document a line, over the collector's pipes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bluegreen.core.shadow import Tally
from bluegreen.core.spec import ShadowCheck

Instances = Mapping[str, Sequence[str]]
"""``host:port`` of each instance, by the path prefix that they receive."""


@dataclass(frozen=True)
class Orders:
    """What is compared, and who is asked."""

    check: ShadowCheck
    live: Instances
    idle: Instances

    def encode(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Orders:
        """Raises ValueError, KeyError or TypeError for what is none."""
        fields = json.loads(line)
        check: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in fields["check"].items()
        }
        return cls(ShadowCheck(**check), fields["live"], fields["idle"])


@dataclass(frozen=True)
class Report:
    """How far it has come."""

    port: int
    """Where copies are taken, on loopback."""
    tally: Tally = field(default_factory=Tally)
    examples: Sequence[str] = ()
    """A few requests that only the new release answered differently, each with where."""
    statuses: Mapping[str, int] = field(default_factory=dict)
    """How many of the live release's first answers had each status."""

    def encode(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def decode(cls, line: bytes) -> Report:
        """Raises ValueError, KeyError or TypeError for what is none."""
        fields: dict[str, Any] = json.loads(line)
        return cls(fields["port"], Tally(**fields["tally"]), fields["examples"], fields["statuses"])
