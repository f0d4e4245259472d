"""A check that is a comparison: copies of users' requests are answered by both releases."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bluegreen.checks.base import Finding, Progress, Reach, Target
from bluegreen.checks.shadow.collector import PACE
from bluegreen.checks.shadow.messages import Orders, Report
from bluegreen.checks.shadow.process import CollectorLost, CollectorProcess, collecting
from bluegreen.core.errors import BluegreenError
from bluegreen.core.output import Mask, beginning, printable
from bluegreen.core.shadow import Tally, is_worse, judge, smallest_found
from bluegreen.core.spec import ShadowCheck
from bluegreen.core.verdict import Verdict

STARTS_WITHIN = 30.0
_ASKS = 3
_SOON = 3.0
"""Seconds before which nothing is said of how many there will be."""
_SHOWN = 500


@dataclass(frozen=True)
class _Judged:
    verdict: Verdict
    reason: str
    report: Report | None = None


class ShadowChecker:
    """Compares for as long as the check says, and ends sooner when the new release is proved to differ.

    What compares is a process of its own. It takes the copies that the proxy sends, so that users wait for nothing, and
    asks the instances of both environments themselves, so that nothing of it is counted as users' requests.
    """

    async def run(self, check: ShadowCheck, target: Target) -> Finding:
        """Compare. See `bluegreen.checks.base.Checker`."""
        started = time.monotonic()
        mask = Mask(target.secrets)
        judged = await _judged(check, target)
        reason = beginning(printable(mask.text(judged.reason)), _SHOWN)
        evidence = _evidence(check, judged.report, mask) if judged.report is not None else {}
        return Finding(check.name, judged.verdict, reason, time.monotonic() - started, evidence)


async def _judged(check: ShadowCheck, target: Target) -> _Judged:
    if target.live is None:
        return _Judged(Verdict.ALLOW, "there is no live release to compare with")
    if target.idle is None or target.copies is None:
        return _Judged(Verdict.CANNOT_TELL, "no copies of users' requests can be had here")
    last: Report | None = None
    try:
        async with collecting(Orders(check, target.live.instances, target.idle.instances)) as collector:
            last = await collector.report(STARTS_WITHIN)
            async with target.copies(f"127.0.0.1:{last.port}", check):
                last = await _watch(collector, check, target, last)
            if not is_worse(check, last.tally):
                last = await collector.finish(_ASKS * check.within + STARTS_WITHIN)
        return _of(check, last, target.live, target.idle)
    except CollectorLost as error:
        return _Judged(Verdict.CANNOT_TELL, str(error), last)
    except BluegreenError as error:
        reason = f"no copies of users' requests can be had: {error.what} {error.why}".strip()
        return _Judged(Verdict.CANNOT_TELL, reason, last)
    except Exception as error:  # of ours: no evidence either way, and so never a yes
        return _Judged(Verdict.CANNOT_TELL, f"the check cannot be carried out: {str(error) or type(error).__name__}")


async def _watch(collector: CollectorProcess, check: ShadowCheck, target: Target, last: Report) -> Report:
    """The report at which it is proved that they differ, or the last one before the time is over."""
    assert target.live is not None
    now = asyncio.get_running_loop().time
    began = now()
    while now() < began + check.duration and not is_worse(check, last.tally):
        target.tell(progress(check, last.tally, now() - began, target.live.release))
        last = await collector.report()
    return last


def progress(check: ShadowCheck, tally: Tally, elapsed: float, live: str) -> Progress:
    """How far it is after ``elapsed`` seconds. How many requests there will be follows from how many there were."""
    total = None
    if tally.compared and elapsed >= _SOON:
        expected = min(tally.compared / elapsed * check.duration, PACE * (check.duration + 1.0))
        total = max(tally.compared, int(float(f"{expected:.2g}")))
    of = f" of about {total}" if total else ""
    said = f"{tally.compared}{of} requests compared, {tally.new_only or 'none'} differ"
    if tally.live_only:
        said += f" ({live}, asked twice, {tally.live_only})"
    left = max(0.0, check.duration - elapsed)
    return Progress(tally.compared, total, f"{said}, {left:.0f} s to go")


def _of(check: ShadowCheck, report: Report, live: Reach, idle: Reach) -> _Judged:
    return _Judged(*judge(check, report.tally, live.release, idle.release), report)


def _evidence(check: ShadowCheck, report: Report, mask: Mask) -> Mapping[str, Any]:
    smallest = smallest_found(check, report.tally)
    return {
        "compared": report.tally.compared,
        **asdict(report.tally),
        "would_find": None if smallest is None else round(smallest, 4),
        "statuses": ", ".join(f"{status}: {count}" for status, count in sorted(report.statuses.items())),
        # A line for each: what shows evidence shows lines below one another.
        "examples": printable(mask.text("\n".join(report.examples))),
    }
