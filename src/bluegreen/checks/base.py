"""Evidence before the switch: a checker runs one check against the idle environment and reports what it saw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from bluegreen.core.spec import Check, ShadowCheck
from bluegreen.core.verdict import Verdict


@dataclass(frozen=True)
class Reach:
    """How one environment is asked without users' route: its instances, by the path prefix that they receive."""

    release: str
    """Such as ``r12``."""
    instances: Mapping[str, Sequence[str]]
    """``host:port`` of each instance."""


Copies = Callable[[str, ShadowCheck], AbstractAsyncContextManager[None]]
"""Copies of users' requests come to an address (``host:port``), as the check says, for as long as this is entered.

No user waits for them, whatever listens there. Entering raises BluegreenError when none can be had.
"""


@dataclass(frozen=True)
class Progress:
    """How far a check has come that may take a while. It is shown, and is no evidence."""

    done: int
    of: int | None
    """How many there will be, where that is known; an estimate where time decides."""
    said: str
    """For people, such as ``120 of 400 cases, 3 failed so far``. Never anything that the target says."""


Tell = Callable[[Progress], None]
"""Takes what a check tells on its way, as often as it likes. It costs nothing and raises nothing."""


def to_nobody(progress: Progress) -> None:
    """Where nobody wants to know."""


@dataclass(frozen=True)
class Target:
    """What is checked, and how to reach it."""

    url: str
    """The preview address, such as ``http://127.0.0.1:8081``: requests reach the idle environment only."""
    host: str | None
    """The Host header that users send, where the file names hosts."""
    folder: str
    """The release's folder: where commands run."""
    env: Mapping[str, str]
    """Environment of commands, ``BLUEGREEN_URL`` included. Holds secrets: never in evidence."""
    secrets: tuple[str, ...] = ()
    """Values that are replaced by ``***`` in reason and evidence."""
    app: str = ""
    idle: Reach | None = None
    """The environment that is checked; None where only ``url`` is known."""
    live: Reach | None = None
    """The environment that has users now, to be compared with; None before the first release is live, and on the way
    back to an earlier one."""
    copies: Copies | None = None
    """How copies of users' requests are had; None: not at all."""
    tell: Tell = to_nobody


@dataclass(frozen=True)
class Finding:
    """The verdict of one check, with its reason and the evidence for it."""

    check: str
    verdict: Verdict
    reason: str
    seconds: float
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """JSON values, a few kilobytes at most: status, the body's beginning, exit code, the output's end."""


C = TypeVar("C", bound=Check, contravariant=True)


class Checker(Protocol[C]):
    """Runs checks of one kind."""

    async def run(self, check: C, target: Target) -> Finding:
        """Run one check to its end. Never raises for what the target does: a target that cannot be reached, hangs
        or floods is *block*; a check that could not be carried out at all is *cannot tell*. Cancelling it ends
        everything that it started."""
        ...
