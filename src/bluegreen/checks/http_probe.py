"""A source that asks each instance of the watched environment directly."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bluegreen.checks.base import Finding, Target
from bluegreen.checks.http import HttpChecker
from bluegreen.checks.said import missing, said
from bluegreen.checks.sources import Watched
from bluegreen.core.evidence import Reading
from bluegreen.core.prefixes import longest_prefix
from bluegreen.core.spec import HttpCheck, HttpProbe
from bluegreen.core.verdict import Verdict


class HttpProbeSource:
    """Allow when every instance that takes the path answers as expected; block when one does not, or not at all."""

    async def read(self, guard: HttpProbe, watched: Watched) -> Reading:
        """Ask them all at once. See `bluegreen.checks.sources.Source`."""
        addresses = receivers(guard.path, watched)
        if not addresses:
            return missing(f"no instance takes {guard.path}", watched)
        check = HttpCheck(guard.path, status=guard.status, status_to=guard.status_to, within=guard.within)
        findings = await asyncio.gather(*(_ask(check, address, watched) for address in addresses))
        found = list(zip(addresses, findings, strict=True))
        for verdict in (Verdict.BLOCK, Verdict.CANNOT_TELL):
            words = [f"{address}: {finding.reason}" for address, finding in found if finding.verdict is verdict]
            if words:
                more = f" (and {len(words) - 1} more of {len(found)})" if len(words) > 1 else ""
                return said(verdict, words[0] + more, watched)
        return said(Verdict.ALLOW, f"{len(found)} of {len(found)} instances answered {guard.status}", watched)

    async def before(self, guard: HttpProbe, watched: Watched, seconds: float) -> Sequence[float]:
        """Nothing is remembered."""
        return ()


def receivers(path: str, watched: Watched) -> Sequence[str]:
    """Addresses of the instances that take a path: those of its longest prefix, in whole segments."""
    prefix = longest_prefix(path, watched.instances)
    return watched.instances[prefix] if prefix is not None else ()


async def _ask(check: HttpCheck, address: str, watched: Watched) -> Finding:
    target = Target(f"http://{address}", watched.host, watched.folder, {}, watched.secrets)
    return await HttpChecker().run(check, target)
