"""Runs the checks of a release, and knows how far each of them is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bluegreen.checks.base import Finding, Progress, Target
from bluegreen.core import events as e
from bluegreen.core.spec import Check
from bluegreen.core.verdict import Verdict
from bluegreen.engine.services import Services

Report = Callable[[e.Event, str], Awaitable[None]]
"""Records something on the way, before an action ends."""


@dataclass(eq=False)
class _UnderWay:
    """One check."""

    name: str
    since: float
    progress: Progress | None = None

    def tell(self, progress: Progress) -> None:
        self.progress = progress


class Checking:
    """Of one application. How far a check has come is no event: nothing follows from it."""

    def __init__(self, services: Services, report: Report) -> None:
        self._services = services
        self._report = report
        self._under_way: list[_UnderWay] = []

    async def run(
        self, deployment: int, checks: Sequence[Check], target: Target
    ) -> tuple[Sequence[Finding], Sequence[Finding]]:
        """Every finding, and those that are no *allow*. Users' requests are copied for what passes all the rest."""
        findings: list[Finding] = []
        for shadow in (False, True):
            now = [check for check in checks if (check.kind == "shadow") is shadow]
            findings += await asyncio.gather(*(self._check(deployment, check, target) for check in now))
            if refused := [finding for finding in findings if finding.verdict is not Verdict.ALLOW]:
                return findings, refused
        return findings, ()

    def as_json(self) -> list[dict[str, Any]]:
        """The checks under way, in the order in which they began."""
        return [_json(one) for one in self._under_way]

    async def _check(self, deployment: int, check: Check, target: Target) -> Finding:
        under_way = _UnderWay(check.name, self._services.clock())
        self._under_way.append(under_way)
        try:
            finding = await self._services.checkers[check.kind].run(check, replace(target, tell=under_way.tell))
        finally:
            self._under_way.remove(under_way)
        event = e.CheckFinished(deployment, finding.check, finding.verdict, finding.seconds, finding.evidence)
        await self._report(event, finding.reason)
        return finding


def _json(one: _UnderWay) -> dict[str, Any]:
    progress = one.progress
    return {
        "check": one.name,
        "since": one.since,
        "done": progress.done if progress else None,
        "of": progress.of if progress else None,
        "said": progress.said if progress else "",
    }
