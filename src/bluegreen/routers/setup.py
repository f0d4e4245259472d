"""What the user's own router needs in its configuration, and whether that is in place.

Each kind of router has a class of its name in the entry points ``bluegreen.router_setups``, made without arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from bluegreen.core.spec import AppSpec


@dataclass(frozen=True)
class Sight:
    """One thing that was looked at, and what to do about it. A ``hint`` works, and could be better."""

    mark: Literal["well", "hint", "wrong"]
    what: str
    cure: str = ""


class Setup(Protocol):
    """For `bluegreen router init` and `bluegreen doctor`. Nothing is changed; the controller need not run."""

    def snippet(self, app: AppSpec) -> str:
        """The configuration for this application, whose ``router`` is of this kind, with comments that say where it
        belongs."""
        ...

    def examine(self, app: AppSpec) -> Sequence[Sight]:
        """Whether that is in place on this machine, as far as it can be seen without changing anything."""
        ...
