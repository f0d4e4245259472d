"""nginx's own judgement of its whole configuration."""

from __future__ import annotations

import os
import shlex

from bluegreen.system.command import run_command

WITHIN = 30.0
"""Seconds: nginx looks up the names in its configuration, one after the other."""

PATH = f"{os.environ.get('PATH', '/usr/bin:/bin')}:/usr/sbin:/sbin"
_NOISE = ("test failed", "test is successful", "syntax is ok")


async def complaint(program: str, config: str) -> str | None:
    """What ``nginx -t`` has against the configuration, in nginx's own words; None: nothing.

    Raises:
        PermanentError: it cannot be run at all.
    """
    line = f"{program} -t -q -c {shlex.quote(config)}"
    outcome = await run_command(line, "/", {"PATH": PATH, "LC_ALL": "C"}, WITHIN)
    if outcome.succeeded:
        return None
    return words(outcome.output_tail) or f"`{line}` ended with {outcome.ended}"


def words(output: str) -> str:
    """What nginx has said, without what it says in any case."""
    lines = [line for line in output.splitlines() if line and not any(noise in line for noise in _NOISE)]
    return "\n".join(lines[-5:])
