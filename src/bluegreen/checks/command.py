"""A check that is a command: it exits 0, or the release is blocked."""

from __future__ import annotations

import time

from bluegreen.checks.base import Finding, Target
from bluegreen.core.errors import PermanentError
from bluegreen.core.output import Mask, beginning
from bluegreen.core.spec import CommandCheck
from bluegreen.core.verdict import Verdict
from bluegreen.system.command import CommandOutcome, run_command

_REASON = 300


class CommandChecker:
    """Runs ``sh -c`` in the release's folder; the command finds the idle environment in ``$BLUEGREEN_URL``."""

    async def run(self, check: CommandCheck, target: Target) -> Finding:
        """Run the command to its end, or for ``within`` seconds. See `bluegreen.checks.base.Checker`."""
        started = time.monotonic()
        try:
            outcome = await run_command(check.run, target.folder, target.env, check.within, secrets=target.secrets)
        except PermanentError as error:
            reason = Mask(target.secrets).text(f"{error.what} {error.why}")
            return Finding(check.name, Verdict.CANNOT_TELL, reason, time.monotonic() - started)
        verdict = Verdict.ALLOW if outcome.succeeded else Verdict.BLOCK
        evidence = {"exit": outcome.ended, "output": outcome.output_tail}
        return Finding(check.name, verdict, _reason(outcome), outcome.seconds, evidence)


def _reason(outcome: CommandOutcome) -> str:
    if outcome.succeeded:
        return "exit 0"
    lines = outcome.output_tail.strip().splitlines()
    return f"{outcome.ended}: {beginning(lines[-1], _REASON)}" if lines else f"{outcome.ended}, without a word"
